//! Service accounts, their tokens, and the ends of versions, while the fake runs.

use std::time::Duration;

use crate::FakeAtlas;

/// Service accounts and their tokens.
impl FakeAtlas {
    /// Accepts another service account, or another secret of one.
    pub fn set_client(&self, client_id: &str, client_secret: &str) {
        self.shared().tokens.set_client(client_id, Some(client_secret));
    }

    /// Accepts a service account no longer. Its tokens live on.
    pub fn remove_client(&self, client_id: &str) {
        self.shared().tokens.set_client(client_id, None);
    }

    /// How long tokens live that are given out from now on.
    pub fn set_token_life(&self, life: Duration) {
        self.shared().tokens.set_rules(|rules| rules.life = life);
    }

    /// How many requests a minute a client may make to the OAuth endpoints from now on.
    pub fn set_token_rate(&self, per_minute: Option<u32>) {
        self.shared().tokens.set_rules(|rules| rules.per_minute = per_minute);
    }

    /// Ends all tokens now, whatever they were told.
    pub fn expire_tokens(&self) {
        self.shared().tokens.expire();
    }

    /// How many tokens were given out.
    #[must_use]
    pub fn issued_tokens(&self) -> usize {
        self.shared().tokens.issued()
    }

    /// How many tokens can be used now.
    #[must_use]
    pub fn live_tokens(&self) -> usize {
        self.shared().tokens.live()
    }
}

/// The ends of versions.
impl FakeAtlas {
    /// Answers 410 `VERSION_GONE` for a resource version of v2 from now on, such as `2023-01-01`. Where the live service
    /// has announced an end, it comes by the fake's clock as well.
    pub fn sunset(&self, resource_version: &str) {
        self.shared().endings.sunset(resource_version);
    }

    /// Sends `Deprecation` and `Sunset` with these values from a path on either version of the API, as they are. Atlas
    /// writes dates with a one-digit day: `Thu, 1 Jul 2027 00:00:00 GMT`.
    pub fn deprecate(&self, path: &str, deprecation: Option<&str>, sunset: Option<&str>) {
        self.shared().endings.deprecate(path, deprecation, sunset);
    }
}
