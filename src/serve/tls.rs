//! TLS, with rustls.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::error::ServeError;
use super::settings::TlsFiles;

/// Returns an acceptor of TLS connections that uses the certificate chain and key in `files`.
pub fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, ServeError> {
    let TlsFiles { certificate, key } = files;
    let chain: Vec<CertificateDer> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| unfit(certificate, &error))?;
    if chain.is_empty() {
        return Err(unfit(certificate, "the file contains no certificate"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unfit(key, &error))?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| unfit(certificate, &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn unfit(path: &Path, reason: impl ToString) -> ServeError {
    ServeError::Tls {
        path: path.into(),
        reason: reason.to_string(),
    }
}
