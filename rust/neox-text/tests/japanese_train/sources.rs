//! Where texts come from, what the progress is told, and what is refused.

use super::{TEXT, counted, error_of, go_on, least, made_up, table, trained};
use neox_text::ErrorKind;
use neox_text::japanese::heterographs::LAYERS;
use neox_text::japanese::train::{Counter, MaxLength, TrainOptions, train};
use std::ops::ControlFlow;
use std::path::PathBuf;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("neox-text-ja-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn files_are_read_line_by_line() {
    let folder = folder("lines");
    let texts = [made_up(300_000).join("\r\n"), "猫\n\n犬".to_owned(), String::new()];
    let paths: Vec<PathBuf> = (0..3).map(|i| folder.join(format!("{i}.txt"))).collect();
    for (path, text) in paths.iter().zip(&texts) {
        std::fs::write(path, text).unwrap();
    }
    let mut told = Vec::new();
    let mut progress = |done, total, stage| {
        told.push((done, total, stage));
        ControlFlow::Continue(())
    };
    let mut counter = Counter::new(&table(), &LAYERS);
    counter.add_files(&paths, 2, &mut progress).unwrap();
    let got = train(counter, &TrainOptions::new(2000), &mut progress).unwrap();
    assert_eq!(got.vocab, trained(&texts, &TrainOptions::new(2000)).vocab);
    let size: usize = texts.iter().map(String::len).sum();
    assert!(told.contains(&(size as u64, size as u64, "count")), "{told:?}");
    for stage in ["count", "learn"] {
        let done: Vec<u64> =
            told.iter().filter(|told| told.2 == stage).map(|told| told.0).collect();
        assert!(done.len() > 1 && done.is_sorted(), "{stage}: {done:?}");
    }
    assert!(told.iter().all(|(done, total, _)| done <= total), "{told:?}");

    let errors =
        |path: PathBuf| Counter::new(&table(), &[]).add_files(&[path], 1, &mut go_on).unwrap_err();
    let missing = errors(folder.join("missing.txt"));
    assert_eq!(missing.kind(), ErrorKind::Io(std::io::ErrorKind::NotFound));
    let broken = folder.join("broken.txt");
    std::fs::write(&broken, b"\xe7\x8c\xab\n\xe7\x8c").unwrap();
    let error = errors(broken.clone());
    assert_eq!(
        (error.kind(), error.place(), error.path()),
        (ErrorKind::Utf8, Some("byte 4"), Some(broken.as_path()))
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_progress_that_stops_ends_the_training() {
    let mut stop = |_: u64, _: u64, _: &'static str| ControlFlow::Break(());
    let error =
        train(counted(&[TEXT], 1), &TrainOptions::new(2000), &mut stop).map(drop).unwrap_err();
    assert!(error.to_string().contains("stopped"), "{error}");
    let path = folder("stop").join("a.txt");
    std::fs::write(&path, TEXT).unwrap();
    assert!(Counter::new(&table(), &[]).add_files(&[&path], 1, &mut stop).is_err());
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

#[test]
fn options_out_of_range_are_refused() {
    let told = |options: &TrainOptions| {
        let error = error_of(counted(&[TEXT], 1), options);
        assert_eq!(error.kind(), ErrorKind::Argument);
        error.to_string()
    };
    let least = least(counted(&[TEXT], 1));
    assert!(told(&TrainOptions::new(100)).contains(&format!("at least {least}")));
    assert!(told(&TrainOptions::new(least - 1)).contains("vocab_size"));
    assert!(told(&TrainOptions::new(1 << 21)).contains("vocab_size"));
    for (kanji, shown) in [(0, "kanji is 0"), (99, "kanji is 99")] {
        let max_length = MaxLength { kanji, ..MaxLength::default() };
        assert!(told(&TrainOptions { max_length, ..TrainOptions::new(2000) }).contains(shown));
    }
    let got = trained(&[TEXT], &TrainOptions::new(least));
    assert_eq!((got.ngrams, got.vocab.lines().count()), (0, least));
}
