//! TLS: the service's own certificate, and those of its clients.

use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, ServerConnection, WebPkiClientVerifier};
use tokio_rustls::TlsAcceptor;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::asn1::{PrintableStringRef, Utf8StringRef};
use x509_cert::der::oid::db::rfc4519::CN;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::serve::{ServeError, Tls};

/// The names of a certificate that a client showed, and whose authority vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientNames(pub(crate) Arc<[String]>);

pub(crate) fn acceptor(tls: &Tls) -> Result<TlsAcceptor, ServeError> {
    let fault = |error: &dyn std::fmt::Display| ServeError::Tls(error.to_string());
    let chain = certificates(&tls.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&tls.key)
        .map_err(|e| fault(&format!("{}: {e}", tls.key.display())))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients: Arc<dyn ClientCertVerifier> = match &tls.clients {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(&clients.authority)? {
                roots.add(certificate).map_err(|e| fault(&e))?;
            }
            let verifier =
                WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
            let verifier =
                if clients.required { verifier } else { verifier.allow_unauthenticated() };
            verifier.build().map_err(|e| fault(&e))?
        }
    };
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_client_cert_verifier(clients).with_single_cert(chain, key))
        .map_err(|e| fault(&e))?;
    if tls.clients.is_some() {
        // A resumed session would not ask again whether the certificate is still good.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ServeError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|e| ServeError::Tls(format!("{}: {e}", path.display())))?;
    if found.is_empty() {
        return Err(ServeError::Tls(format!("{} has no certificate", path.display())));
    }
    Ok(found)
}

/// The names of whoever is at the other end, if it showed a certificate.
pub(crate) fn names(connection: &ServerConnection) -> Option<ClientNames> {
    let own = connection.peer_certificates()?.first()?;
    Some(ClientNames(names_of(own).into()))
}

/// The DNS names and URIs that a certificate is for; without any extension of them, its subject's common name.
fn names_of(certificate: &[u8]) -> Vec<String> {
    let Ok(certificate) = Certificate::from_der(certificate) else { return Vec::new() };
    let certificate = certificate.tbs_certificate();
    match certificate.get_extension::<SubjectAltName>() {
        Ok(Some((_, names))) => {
            let text = |name: GeneralName| match name {
                GeneralName::DnsName(name) => Some(name.to_string()),
                GeneralName::UniformResourceIdentifier(name) => Some(name.to_string()),
                _ => None,
            };
            names.0.into_iter().filter_map(text).collect()
        }
        Ok(None) => {
            let common = certificate.subject().iter().filter(|part| part.oid == CN);
            let text = |part: &x509_cert::attr::AttributeTypeAndValue| {
                let utf8 = part.value.decode_as::<Utf8StringRef<'_>>().map(|s| s.to_string());
                let printable =
                    || part.value.decode_as::<PrintableStringRef<'_>>().map(|s| s.to_string());
                utf8.or_else(|_| printable()).ok()
            };
            // Several common names are none.
            let mut names: Vec<_> = common.map(text).collect::<Option<_>>().unwrap_or_default();
            names.truncate(if names.len() == 1 { 1 } else { 0 });
            names
        }
        Err(_) => Vec::new(),
    }
}
