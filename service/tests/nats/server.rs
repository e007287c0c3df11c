//! A real nats-server for a test: on free ports, in a folder of its own, gone with the test.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) struct NatsServer {
    process: Option<Child>,
    folder: PathBuf,
    port: u16,
    env: Vec<(&'static str, String)>,
}

pub(crate) fn program() -> PathBuf {
    let chosen = std::env::var_os("WATTPROOF_NATS_SERVER").filter(|name| !name.is_empty());
    let paths = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"];
    chosen
        .map(PathBuf::from)
        .or_else(|| paths.iter().map(PathBuf::from).find(|path| path.is_file()))
        .expect(
            "nats-server is missing: `cargo xtask setup` installs it, or set WATTPROOF_NATS_SERVER",
        )
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

impl NatsServer {
    /// In a folder that somebody else deletes, with more configuration.
    pub(crate) fn at(folder: &Path, more: &str) -> Self {
        let port = free_port();
        let config = format!(
            "listen: \"127.0.0.1:{port}\"\nserver_name: test\nmax_payload: 8MB\n\
             jetstream {{ store_dir: \"{}\" }}\n{more}\n",
            folder.join("store").display()
        );
        Self::configured(folder, port, &config, &[])
    }

    /// As configured, in a folder that somebody else deletes: it listens on this port of this machine.
    pub(crate) fn configured(
        folder: &Path,
        port: u16,
        config: &str,
        env: &[(&'static str, String)],
    ) -> Self {
        fs::write(folder.join("nats.conf"), config).unwrap();
        let mut server = Self { process: None, folder: folder.into(), port, env: env.to_vec() };
        server.run();
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Starts it, and waits until it answers.
    pub(crate) fn run(&mut self) {
        let log = File::create(self.folder.join("nats.txt")).unwrap();
        let process = Command::new(program())
            .arg("-c")
            .arg(self.folder.join("nats.conf"))
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.process = Some(process);
        let begin = Instant::now();
        let log = || fs::read_to_string(self.folder.join("nats.txt")).unwrap();
        // JetStream is ready before the log says so.
        while !log().contains("Server is ready")
            || TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err()
        {
            assert!(begin.elapsed() < Duration::from_secs(30), "{}", log());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}
