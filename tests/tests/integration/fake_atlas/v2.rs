//! The versioned API and service accounts, checked with a plain HTTP client.

use std::time::{Duration, SystemTime};

use atlas_exports_testing::{FakeAtlas, FakeAtlasBuilder, FakeResponse, Fault, Kind, NewJob, RateLimit, Script};
use diqwest::WithDigestAuth;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

const FIRST: &str = "application/vnd.atlas.2023-01-01+json";
const CLOUDS: &str = "application/vnd.atlas.2024-05-30+json";
const ROLE: &str = "668c5f0ed436263134491592";

/// A form, and the status and error that it is refused with.
type Refused<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);

struct Account {
    atlas: FakeAtlas,
    client: Client,
}

impl Account {
    async fn with(builder: FakeAtlasBuilder) -> Self {
        let client = Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
        // In July 2027 the older version of buckets ends by itself.
        let day = SystemTime::UNIX_EPOCH + Duration::from_secs(1_786_332_505);
        Self { atlas: builder.clock(day).start().await, client }
    }

    async fn start() -> Self {
        Self::with(FakeAtlas::builder()).await
    }

    fn oauth(&self, endpoint: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.client.post(format!("{}/api/oauth/{endpoint}", self.atlas.base_url())).form(form)
    }

    /// A token by Basic authentication.
    async fn ask_for_token(&self) -> Response {
        let ask = self.oauth("token", &[("grant_type", "client_credentials")]);
        ask.basic_auth(self.atlas.client_id(), Some(self.atlas.client_secret())).send().await.expect("an answer")
    }

    async fn token(&self) -> String {
        let answer: Value = self.ask_for_token().await.json().await.expect("JSON");
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    async fn get(&self, url: &str, token: &str) -> Response {
        self.client.get(url).header("accept", FIRST).bearer_auth(token).send().await.expect("an answer")
    }

    async fn buckets(&self, method: Method, below: &str, accept: &str, body: Option<Value>) -> Response {
        let (root, project) = (self.atlas.base_url(), self.atlas.project_id());
        let url = format!("{root}/api/atlas/v2/groups/{project}/backup/exportBuckets{below}");
        let ask = self.client.request(method, url).header("accept", accept);
        let ask = match body {
            Some(body) => ask.header("content-type", accept).body(body.to_string()),
            None => ask,
        };
        ask.send().await.expect("an answer")
    }
}

fn job_url(atlas: &FakeAtlas) -> String {
    atlas.v2_url(&format!("/backup/exports/{}", atlas.job_id(Kind::Sharded)))
}

fn refusal(answer: &Response) -> (u16, &str) {
    let code = answer.headers().get("x-error-code").and_then(|code| code.to_str().ok());
    (answer.status().as_u16(), code.unwrap_or_default())
}

#[tokio::test]
async fn both_versions_accept_keys_and_tokens() {
    let account = Account::start().await;
    let token = account.token().await;
    for url in [job_url(&account.atlas), job_url(&account.atlas).replace("/v2/", "/v1.0/")] {
        let by_token = account.get(&url, &token).await;
        assert_eq!(by_token.status(), 200, "{url}");
        let ask = account.client.get(&url).header("accept", FIRST);
        let by_keys = ask.send_digest_auth((account.atlas.public_key(), account.atlas.private_key())).await;
        let by_keys = by_keys.expect("an answer");
        assert_eq!(by_keys.text().await.expect("text"), by_token.text().await.expect("text"));
    }
    let strict = Account::with(FakeAtlas::builder().tokens_on_v2_only()).await;
    let token = strict.token().await;
    assert_eq!(strict.get(&strict.atlas.url("/backup/exports"), &token).await.status(), 401);
    assert_eq!(strict.get(&strict.atlas.v2_url("/backup/exports"), &token).await.status(), 200);
}

#[tokio::test]
async fn answers_carry_the_type_of_their_version_and_errors_do_not() {
    let account = Account::with(FakeAtlas::builder().without_authentication()).await;
    let media_type = |answer: &Response| answer.headers()["content-type"].to_str().expect("text").to_owned();
    let job = account.get(&job_url(&account.atlas), "").await;
    assert_eq!(media_type(&job), "application/vnd.atlas.2023-01-01+json;charset=utf-8");
    let enveloped = account.get(&format!("{}?envelope=true", job_url(&account.atlas)), "").await;
    assert_eq!(enveloped.json::<Value>().await.expect("JSON")["content"]["state"], "Successful");
    let missing = account.get(&account.atlas.v2_url("/backup/exports/none"), "").await;
    assert_eq!((refusal(&missing), media_type(&missing)), ((404, "RESOURCE_NOT_FOUND"), "application/json".into()));
    let undated = account.client.get(job_url(&account.atlas)).header("accept", "application/json").send().await;
    assert_eq!(refusal(&undated.expect("an answer")), (406, "INVALID_VERSION_DATE"));
}

#[tokio::test]
async fn pages_link_to_the_version_that_was_asked() {
    let account = Account::with(FakeAtlas::builder().without_authentication()).await;
    let page = account.get(&format!("{}?itemsPerPage=3", account.atlas.v2_url("/backup/exports")), "").await;
    let page: Value = page.json().await.expect("JSON");
    let next = page["links"][1]["href"].as_str().expect("href");
    assert!(next.starts_with(&account.atlas.v2_url("/backup/exports?pageNum=2&itemsPerPage=3")), "{next}");
}

#[tokio::test]
async fn versions_end() {
    let account = Account::with(FakeAtlas::builder().without_authentication()).await;
    let old = account.buckets(Method::GET, "", FIRST, None).await;
    assert_eq!(
        (old.status().as_u16(), &old.headers()["sunset"]),
        (200, &"Thu, 1 Jul 2027 00:00:00 GMT".parse().expect("a value"))
    );
    assert!(!account.buckets(Method::GET, "", CLOUDS, None).await.headers().contains_key("sunset"));
    account.atlas.sunset("2023-01-01");
    assert_eq!(refusal(&account.buckets(Method::GET, "", FIRST, None).await), (410, "VERSION_GONE"));
    account.atlas.deprecate("/api/atlas/v1.0/**", Some("Sun, 2 Aug 2026 00:00:00 GMT"), None);
    let v1 = account.client.get(account.atlas.url("/backup/exports")).send().await.expect("an answer");
    assert_eq!(v1.headers()["deprecation"], "Sun, 2 Aug 2026 00:00:00 GMT");
    assert!(!v1.headers().contains_key("sunset"));
}

#[tokio::test]
async fn buckets_of_each_cloud_are_made_and_changed() {
    let account = Account::with(FakeAtlas::builder().without_authentication()).await;
    let service = "https://examplestorageaccount.blob.core.windows.net/examplecontainer";
    let bodies = [
        json!({"cloudProvider": "AWS", "bucketName": "export-bucket", "iamRoleId": ROLE}),
        json!({"cloudProvider": "AZURE", "roleId": ROLE, "serviceUrl": service}),
        json!({"cloudProvider": "GCP", "bucketName": "export-bucket", "roleId": ROLE}),
    ];
    for body in &bodies {
        let made = account.buckets(Method::POST, "", CLOUDS, Some(body.clone())).await;
        assert_eq!(made.status(), 200, "{body}");
        let made: Value = made.json().await.expect("JSON");
        for (name, value) in body.as_object().expect("an object") {
            assert_eq!(&made[name], value);
        }
        let id = made["_id"].as_str().expect("_id");
        let got = account.buckets(Method::GET, &format!("/{id}"), CLOUDS, None).await;
        assert_eq!(got.json::<Value>().await.expect("JSON"), made);
        let change = json!({"requirePrivateNetworking": true});
        let changed = account.buckets(Method::PATCH, &format!("/{id}"), CLOUDS, Some(change.clone())).await;
        assert_eq!(changed.json::<Value>().await.expect("JSON")["requirePrivateNetworking"], true);
        let old = account.buckets(Method::PATCH, &format!("/{id}"), FIRST, Some(change)).await;
        assert_eq!(old.status(), 406);
    }
    let mixed = json!({"cloudProvider": "GCP", "bucketName": "export-bucket", "roleId": ROLE, "iamRoleId": ROLE});
    assert_eq!(refusal(&account.buckets(Method::POST, "", CLOUDS, Some(mixed)).await), (400, "INVALID_ATTRIBUTE"));
    assert_eq!(
        refusal(&account.buckets(Method::POST, "", FIRST, Some(bodies[2].clone())).await),
        (400, "VALIDATION_ERROR")
    );
    let count = async |accept| {
        let page: Value = account.buckets(Method::GET, "", accept, None).await.json().await.expect("JSON");
        page["totalCount"].as_u64().expect("a count")
    };
    assert_eq!((count(CLOUDS).await, count(FIRST).await), (4, 2), "older versions show AWS alone");
    let v1 = format!(
        "{}/api/atlas/v1.0/groups/{}/backup/exportBuckets/x",
        account.atlas.base_url(),
        account.atlas.project_id()
    );
    assert_eq!(account.client.patch(v1).send().await.expect("an answer").status(), 405);
}

#[tokio::test]
async fn answers_of_a_test_get_their_version_too() {
    let account = Account::with(FakeAtlas::builder().without_authentication()).await;
    account.atlas.respond("GET", "/groups/{groupId}/teams", 200, json!({"results": []}));
    account.atlas.respond_with("GET", "/orgs", |_| FakeResponse::text(200, "text/csv", "a,b"));
    let url = |path: &str| format!("{}/api/atlas/v2{path}", account.atlas.base_url());
    let ask = account.client.get(url("/groups/a/teams")).header("accept", "application/vnd.atlas.2025-02-19+json");
    let answer = ask.send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/vnd.atlas.2025-02-19+json;charset=utf-8");
    assert_eq!(account.get(&url("/orgs"), "").await.headers()["content-type"], "text/csv");
}

#[tokio::test]
async fn v2_has_its_own_word_for_too_many_requests() {
    let limit = RateLimit::new(1, 1);
    let account = Account::with(FakeAtlas::builder().without_authentication().rate_limit(limit)).await;
    assert_eq!(account.get(&job_url(&account.atlas), "").await.status(), 200);
    assert_eq!(refusal(&account.get(&job_url(&account.atlas), "").await), (429, "RATE_LIMITED_TOKEN_BUCKET"));
}

#[tokio::test(start_paused = true)]
async fn tokens_live_as_long_as_they_say() {
    let account = Account::start().await;
    let answer = account.ask_for_token().await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["content-type"].to_str().ok()),
        (200, Some("application/json"))
    );
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!((&answer["expires_in"], &answer["token_type"]), (&json!(3600), &json!("Bearer")));
    let token = answer["access_token"].as_str().expect("a token");
    let status = async || account.get(&job_url(&account.atlas), token).await.status().as_u16();
    assert_eq!((status().await, account.atlas.live_tokens()), (200, 1));
    tokio::time::advance(Duration::from_secs(3599)).await;
    assert_eq!(status().await, 200);
    tokio::time::advance(Duration::from_secs(1)).await;
    let refused = account.get(&job_url(&account.atlas), token).await;
    assert_eq!(refused.status(), 401);
    assert!(refused.headers()["www-authenticate"].to_str().expect("text").contains("invalid_token"));
    assert_eq!(account.atlas.requests().last().expect("a request").refusal, Some("the token has expired"));
    assert_eq!((account.atlas.live_tokens(), account.atlas.issued_tokens()), (0, 1));
}

#[tokio::test]
async fn tokens_end_before_their_time_when_told() {
    let account =
        Account::with(FakeAtlas::builder().token_lifetime(Duration::from_secs(5)).token_expires_in(3600)).await;
    let answer: Value = account.ask_for_token().await.json().await.expect("JSON");
    assert_eq!(answer["expires_in"], 3600);
    let token = answer["access_token"].as_str().expect("a token");
    assert_eq!(account.get(&job_url(&account.atlas), token).await.status(), 200);
    account.atlas.expire_tokens();
    assert_eq!(account.get(&job_url(&account.atlas), token).await.status(), 401);
}

#[tokio::test]
async fn revoking_ends_one_token_and_needs_the_client() {
    let account = Account::start().await;
    let (kept, revoked) = (account.token().await, account.token().await);
    let (id, secret) = (account.atlas.client_id(), account.atlas.client_secret());
    let alone = account.oauth("revoke", &[("token", &revoked)]).send().await.expect("an answer");
    assert_eq!(alone.status(), 401);
    let form = [("token", revoked.as_str()), ("client_id", id), ("client_secret", secret)];
    let done = account.oauth("revoke", &form).send().await.expect("an answer");
    assert_eq!(done.status(), 200);
    assert_eq!(account.get(&job_url(&account.atlas), &revoked).await.status(), 401);
    assert_eq!(account.get(&job_url(&account.atlas), &kept).await.status(), 200);
    assert_eq!(account.atlas.live_tokens(), 1);
}

#[tokio::test]
async fn the_token_endpoint_refuses_in_the_shape_of_oauth() {
    let account = Account::start().await;
    let (id, secret) = (account.atlas.client_id(), account.atlas.client_secret());
    let grant = ("grant_type", "client_credentials");
    let cases: [Refused<'_>; 4] = [
        (&[grant, ("client_id", id), ("client_secret", "wrong")], 401, "invalid_client"),
        (&[grant], 401, "invalid_client"),
        (&[("client_id", id), ("client_secret", secret)], 400, "invalid_request"),
        (&[("grant_type", "password"), ("client_id", id), ("client_secret", secret)], 400, "unsupported_grant_type"),
    ];
    for (form, status, error) in cases {
        let refused = account.oauth("token", form).send().await.expect("an answer");
        assert_eq!(refused.status(), status, "{form:?}");
        let body: Value = refused.json().await.expect("JSON");
        assert_eq!(body["error"], error, "{form:?}");
        assert!(body["error_description"].is_string());
    }
    account.atlas.set_client(id, "rotated");
    assert_eq!(account.ask_for_token().await.status(), 401);
    account.atlas.set_client(id, secret);
    assert_eq!(account.ask_for_token().await.status(), 200);
    account.atlas.remove_client(id);
    assert_eq!(account.ask_for_token().await.status(), 401);
}

#[tokio::test(start_paused = true)]
async fn the_token_endpoint_limits_each_client() {
    let account = Account::with(FakeAtlas::builder().token_rate_limit(2)).await;
    account.token().await;
    tokio::time::advance(Duration::from_secs(20)).await;
    account.token().await;
    let limited = account.ask_for_token().await;
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().ok()), (429, Some("40")));
    assert_eq!(
        limited.json::<Value>().await.expect("JSON")["errorCode"],
        "RATE_LIMITED",
        "the shape of the API's errors"
    );
    tokio::time::advance(Duration::from_secs(40)).await;
    assert_eq!(account.ask_for_token().await.status(), 200);
}

#[tokio::test]
async fn faults_reach_the_token_endpoint_only_by_name() {
    let account = Account::start().await;
    account.atlas.fault(Fault::html_502());
    account.atlas.fault(Fault::empty_503().on("POST", "/api/oauth/token"));
    assert_eq!(account.ask_for_token().await.status(), 503);
    let token = account.token().await;
    assert_eq!(account.get(&job_url(&account.atlas), &token).await.status(), 502);
    assert_eq!(account.atlas.issued_tokens(), 1, "what is replaced gives no token out");
}

#[tokio::test]
async fn a_job_moves_alike_on_both_versions() {
    let account = Account::with(FakeAtlas::builder().without_authentication()).await;
    let id = account.atlas.add_job(NewJob::new(Script::per_poll(["Queued", "InProgress", "Successful"])));
    let below = format!("/backup/exports/{id}");
    let mut states = Vec::new();
    for url in [account.atlas.url(&below), account.atlas.v2_url(&below), account.atlas.url(&below)] {
        let job: Value = account.get(&url, "").await.json().await.expect("JSON");
        assert_eq!(job["links"][0]["href"], url);
        states.push(job["state"].clone());
    }
    assert_eq!(states, ["Queued", "InProgress", "Successful"]);
}
