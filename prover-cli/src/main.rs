//! The `wattproof` command. All of it is in the library.

fn main() -> std::process::ExitCode {
    wattproof_cli::main()
}
