use std::process::ExitCode;

fn main() -> ExitCode {
    pyembed::run()
}
