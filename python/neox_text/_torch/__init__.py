"""What is torch's and no model's: files of weights, packed products, recorded steps."""
