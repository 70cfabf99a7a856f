//! Sessions from Rust, with DLLs of Wine's own. Where there is no Wine, each test says that it was skipped.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pywindll::{
    Answer, Error, Options, ResultKind, Routine, Session, Signature, Symbol, Wine, Words,
};

/// A session, or the news that there can be none here.
fn session(test: &str) -> Option<Session> {
    let options = Options { allow_root: true, debug: debug(), ..Options::default() };
    if let Err(error) = Wine::find(&options) {
        println!("skipped {test}: {error}");
        return None;
    }
    Some(Session::start(&options).unwrap())
}

fn debug() -> String {
    std::env::var("PYWINDLL_DEBUG").unwrap_or_else(|_| "-all".to_owned())
}

fn routine(session: &Session, dll: &str, name: &str) -> u64 {
    let module = session.load_library(dll, 0).unwrap().unwrap();
    session.symbol(module, &Symbol::Name(name)).unwrap().unwrap()
}

#[test]
fn routines_of_system_dlls_are_called() {
    let Some(session) = session("routines_of_system_dlls_are_called") else { return };
    let abs = routine(&session, "msvcrt.dll", "abs");
    let thread = session.thread().unwrap();
    assert_eq!(thread.call(abs, &[(-5i64).cast_unsigned()], 8).unwrap().result as u32, 5);
    let pow = routine(&session, "msvcrt.dll", "pow");
    let mut words = Words::new(8, pywindll::Convention::Cdecl);
    words.double(3.0).unwrap();
    words.double(4.0).unwrap();
    let call = Routine {
        address: pow,
        result: ResultKind::Double,
        use_last_error: false,
        use_errno: false,
    };
    assert_eq!(f64::from_bits(thread.call_words(&call, &words).unwrap().float), 81.0);
}

#[test]
fn missing_dlls_and_routines_have_windows_error_numbers() {
    let Some(session) = session("missing_dlls_and_routines_have_windows_error_numbers") else {
        return;
    };
    assert_eq!(session.load_library("nope.dll", 0).unwrap(), Err(126));
    let module = session.load_library("kernel32.dll", 0).unwrap().unwrap();
    assert_eq!(session.symbol(module, &Symbol::Name("nope")).unwrap(), Err(127));
}

#[test]
fn callbacks_are_called_with_arguments() {
    let Some(session) = session("callbacks_are_called_with_arguments") else { return };
    let qsort = routine(&session, "msvcrt.dll", "qsort");
    let numbers = session.share(&[5u32, 2, 9, 1].map(u32::to_le_bytes).concat()).unwrap();
    let calls = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&calls);
    let signature = Signature { words: 2, stdcall: false, result: ResultKind::Integer, floats: 0 };
    let compare = session
        .add_callback(
            &signature,
            Arc::new(move |mut words| {
                counter.fetch_add(1, Ordering::Relaxed);
                // SAFETY: the addresses are those of elements of the block.
                let [left, right] =
                    [words.word(), words.word()].map(|address| unsafe { *(address as *const u32) });
                Answer { result: (left as i64 - right as i64).cast_unsigned(), float: 0 }
            }),
        )
        .unwrap();
    session
        .thread()
        .unwrap()
        .call(qsort, &[numbers.address(), 4, 4, compare.address()], 8)
        .unwrap();
    // SAFETY: the block is 16 bytes long.
    let sorted = unsafe { std::slice::from_raw_parts(numbers.address() as *const u32, 4) };
    assert_eq!(sorted, [1, 2, 5, 9]);
    assert!(calls.load(Ordering::Relaxed) >= 3);
}

#[test]
fn exceptions_are_errors_after_which_the_session_goes_on() {
    let Some(session) = session("exceptions_are_errors_after_which_the_session_goes_on") else {
        return;
    };
    let strlen = routine(&session, "msvcrt.dll", "strlen");
    let thread = session.thread().unwrap();
    for _ in 0..3 {
        let error = thread.call(strlen, &[16], 8).unwrap_err();
        assert_eq!(error.to_string(), "exception: access violation reading 0x0000000000000010");
    }
    let text = session.share(b"four\0").unwrap();
    assert_eq!(thread.call(strlen, &[text.address()], 8).unwrap().result, 4);
    assert_eq!(session.read_string(text.address(), 1).unwrap(), b"four");
}

#[test]
fn a_dll_that_ends_the_process_is_an_error() {
    let Some(session) = session("a_dll_that_ends_the_process_is_an_error") else { return };
    let exit = routine(&session, "kernel32.dll", "ExitProcess");
    let error = session.thread().unwrap().call(exit, &[7], 8).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the process that runs the DLLs has ended with exit code 7: start another session"
    );
    assert!(matches!(session.thread(), Err(Error::Ended { .. })));
}

#[test]
fn each_thread_has_a_thread_of_windows() {
    let Some(session) = session("each_thread_has_a_thread_of_windows") else { return };
    let number = routine(&session, "kernel32.dll", "GetCurrentThreadId");
    let ask = || session.thread().unwrap().call(number, &[], 8).unwrap().result;
    let mut numbers = vec![ask()];
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(ask)).collect();
        numbers.extend(threads.into_iter().map(|thread| thread.join().unwrap()));
    });
    assert_eq!(ask(), numbers[0]);
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 7);
}

#[test]
fn memory_of_dlls_is_read_and_written() {
    let Some(session) = session("memory_of_dlls_is_read_and_written") else { return };
    let malloc = routine(&session, "msvcrt.dll", "malloc");
    let address = session.thread().unwrap().call(malloc, &[64], 8).unwrap().result;
    session.write_memory(address, b"there\0").unwrap();
    assert_eq!(session.read_string(address, 1).unwrap(), b"there");
    assert!(session.read_memory(16, &mut [0; 4]).is_err());
    let error = session.write_memory(16, b"x").unwrap_err();
    assert_eq!(error.to_string(), "exception: access violation writing 0x0000000000000010");
}

#[test]
fn a_batch_is_made_up_to_the_first_call_that_raises() {
    let Some(session) = session("a_batch_is_made_up_to_the_first_call_that_raises") else { return };
    let address = routine(&session, "msvcrt.dll", "abs");
    let thread = session.thread().unwrap();
    let call =
        Routine { address, result: ResultKind::Integer, use_last_error: false, use_errno: false };
    let calls: Vec<_> = (0..100u64)
        .map(|number| {
            let mut words = Words::new(8, pywindll::Convention::Cdecl);
            words.word(0u64.wrapping_sub(number)).unwrap();
            (call, words)
        })
        .collect();
    let results = thread.batch(&calls).unwrap();
    assert!(results.iter().zip(0..).all(|(outcome, number)| outcome.result as u32 == number));
    let strlen = Routine { address: routine(&session, "msvcrt.dll", "strlen"), ..call };
    let mut words = Words::new(8, pywindll::Convention::Cdecl);
    words.word(16).unwrap();
    let error = thread.batch(&[calls[0].clone(), (strlen, words)]).unwrap_err();
    assert!(matches!(error, Error::Exception(record) if record.address == 16), "{error}");
}
