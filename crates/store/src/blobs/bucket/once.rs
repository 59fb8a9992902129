//! The client of a bucket: object_store's own, which besides says with the completion of every
//! upload in parts that its key must be free. object_store says so for uploads of one piece only.
//! (S3 user guide, "Conditional writes": `If-None-Match: *` on CompleteMultipartUpload; the header
//! need not be signed.)

use async_trait::async_trait;
use http::{HeaderValue, Method, header::IF_NONE_MATCH};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};

/// Makes such clients.
#[derive(Debug)]
pub(super) struct Once;

impl HttpConnector for Once {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Client(inner)))
    }
}

#[derive(Debug)]
struct Client(HttpClient);

#[async_trait]
impl HttpService for Client {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let query = request.uri().query().unwrap_or_default();
        // `POST …?uploads` starts one, `POST …?uploadId=` ends it.
        if request.method() == Method::POST && query.contains("uploadId=") {
            let free = HeaderValue::from_static("*");
            request.headers_mut().insert(IF_NONE_MATCH, free);
        }
        self.0.execute(request).await
    }
}
