//! The `wattproof` command. All of it is in the library, so that tests reach it.

fn main() -> std::process::ExitCode {
    wattproof_cli::main()
}
