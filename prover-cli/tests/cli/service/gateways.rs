//! Packages that gateways publish by MQTT, on a real broker with a real client.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rumqttc::{Client, Event, MqttOptions, Packet, QoS};
use serde_json::Value;
use wattproof_service::job::{JobId, State, Subject};

use super::nats::free_port;
use super::{PATIENCE, Serving, assert_proves, package};

/// A gateway's connection: what it is told, by topic.
pub(super) struct Gateway {
    client: Client,
    told: Receiver<(String, Vec<u8>)>,
}

impl Gateway {
    pub(super) fn new(user: &str, port: u16) -> Self {
        let mut options = MqttOptions::new(format!("gateway-{user}"), "127.0.0.1", port);
        options.set_credentials(user, format!("password-of-{user}"));
        options.set_max_packet_size(1 << 20, 1 << 20);
        options.set_keep_alive(Duration::from_secs(5));
        let (client, mut connection) = Client::new(options, 16);
        let (tell, told) = channel();
        thread::spawn(move || {
            for event in connection.iter() {
                let told = match event {
                    Ok(Event::Incoming(Packet::Publish(message))) => {
                        tell.send((message.topic, message.payload.to_vec()))
                    }
                    Ok(Event::Incoming(Packet::SubAck(_))) => {
                        tell.send(("subscribed".into(), Vec::new()))
                    }
                    Ok(_) => Ok(()),
                    // It connects again when it is asked for its next event.
                    Err(_) => {
                        thread::sleep(Duration::from_millis(100));
                        Ok(())
                    }
                };
                if told.is_err() {
                    break;
                }
            }
        });
        let gateway = Self { client, told };
        for topic in ["receipt", "result"] {
            let topic =
                format!("wattproof/{topic}/{user}{}", if topic == "result" { "/+" } else { "" });
            gateway.client.subscribe(topic, QoS::AtMostOnce).unwrap();
            assert_eq!(gateway.next().0, "subscribed");
        }
        gateway
    }

    pub(super) fn publish(&self, tenant: &str, text: &str) {
        let topic = format!("wattproof/submit/{tenant}");
        self.client.publish(topic, QoS::AtLeastOnce, false, text).unwrap();
    }

    pub(super) fn next(&self) -> (String, Vec<u8>) {
        self.told.recv_timeout(PATIENCE).unwrap()
    }

    /// The receipt for a published text.
    pub(super) fn receipt(&self, text: &str) -> Value {
        loop {
            let (topic, told) = self.next();
            let told: Value = serde_json::from_slice(&told).unwrap();
            let published = Subject::digest(text.as_bytes()).to_string();
            if topic.starts_with("wattproof/receipt/") && told["published"] == published {
                return told;
            }
        }
    }
}

fn wait(serving: &Serving, job: JobId) {
    let client = serving.client("a", PATIENCE);
    assert_eq!(client.wait(job, |_| ()).unwrap().state, State::Done);
}

#[test]
fn gateways_publish_packages_and_are_told() {
    let port = free_port();
    let user = |tenant: &str| {
        format!(
            "{{ user: {tenant}, password: \"password-of-{tenant}\", permissions: {{
                publish: [\"wattproof.submit.{tenant}\"]
                subscribe: [\"wattproof.receipt.{tenant}\", \"wattproof.result.{tenant}.*\"]
            }} }}"
        )
    };
    let config = format!(
        "mqtt {{ listen: \"127.0.0.1:{port}\" }}
         authorization {{ users: [
            {{ user: service, password: \"password-of-service\" }}
            {}
            {}
         ] }}",
        user("a"),
        user("b")
    );
    let args = ["--queue-user", "service", "--queue-password", "queue.password"];
    let mut serving = Serving::gateways(&args, &config);
    let (a, b) = (Gateway::new("a", port), Gateway::new("b", port));

    let text = package();
    let (job, sealed) = serving.seal("a", &text);
    let sealed = sealed.to_json();
    a.publish("a", &sealed);
    let receipt = a.receipt(&sealed);
    assert_eq!(receipt["job"], job.to_string(), "{receipt}");
    assert_eq!(receipt["fresh"], true);
    wait(&serving, job);
    // Published again, it is the same job, and its bundle comes.
    a.publish("a", &sealed);
    let receipt = a.receipt(&sealed);
    assert_eq!((&receipt["fresh"], &receipt["state"]), (&false.into(), &"done".into()));
    let (topic, bundle) = a.next();
    assert_eq!(topic, format!("wattproof/result/a/{job}"));
    assert_proves(std::str::from_utf8(&bundle).unwrap(), &text);

    // What is no package is refused, with the code that HTTP has for it.
    a.publish("a", "{");
    assert_eq!(a.receipt("{")["error"]["code"], "malformed");
    // Sealed for another tenant it does not open: the job is refused.
    let (stolen, _) = serving.seal("b", &text);
    b.publish("b", &sealed);
    let receipt = b.receipt(&sealed);
    assert_eq!(receipt["job"], stolen.to_string());
    let client = serving.client("b", PATIENCE);
    assert_eq!(client.wait(stolen, |_| ()).unwrap().state, State::Refused);
    // The broker lets nobody publish for another: no job, and nobody is told.
    let fresh = package();
    let (_, sealed) = serving.seal("b", &fresh);
    a.publish("b", &sealed.to_json());
    let silence = b.told.recv_timeout(Duration::from_secs(2));
    assert!(matches!(silence, Err(RecvTimeoutError::Timeout)), "{silence:?}");
    assert_eq!(client.list(None, None, 10).unwrap().jobs.len(), 1);

    // What comes while no service runs waits for one.
    let a = Gateway::new("a", port);
    serving.kill();
    let text = package();
    let (job, sealed) = serving.seal("a", &text);
    let sealed = sealed.to_json();
    a.publish("a", &sealed);
    thread::sleep(Duration::from_millis(300));
    let begin = Instant::now();
    serving.start();
    assert_eq!(a.receipt(&sealed)["job"], job.to_string(), "{:?}", begin.elapsed());
    wait(&serving, job);
    assert!(!serving.logs().contains("password-of"));
}
