//! Keys, service accounts and tokens.

use std::time::Duration;

use crate::{FakeAtlas, Reuse};

/// Keys, service accounts and tokens.
impl FakeAtlas {
    /// Accepts another service account, or replaces the secret of one.
    pub fn set_client(&self, client_id: &str, client_secret: &str) {
        self.service.auth.tokens.set_client(client_id, Some(client_secret));
    }

    /// Refuses a service account from now on. Its tokens stay valid.
    pub fn remove_client(&self, client_id: &str) {
        self.service.auth.tokens.set_client(client_id, None);
    }

    /// Sets the lifetime of tokens that are issued from now on.
    pub fn set_token_lifetime(&self, life: Duration) {
        self.service.auth.tokens.set_rules(|rules| rules.lifetime = life);
    }

    /// Limits the requests of each client to the OAuth endpoints from now on.
    pub fn set_token_rate_limit(&self, per_minute: Option<u32>) {
        self.service.auth.tokens.set_rules(|rules| rules.requests_per_minute = per_minute);
    }

    /// Expires all tokens.
    pub fn expire_tokens(&self) {
        self.service.auth.tokens.expire();
    }

    /// Returns how many tokens were issued.
    #[must_use]
    pub fn issued_tokens(&self) -> usize {
        self.service.auth.tokens.issued()
    }

    /// Returns how many tokens are valid now.
    #[must_use]
    pub fn live_tokens(&self) -> usize {
        self.service.auth.tokens.valid(self.api().clock.elapsed())
    }

    /// Accepts another API key.
    pub fn add_key(&self, public: &str, private: &str) {
        self.service.auth.keys().insert(public.to_owned(), private.to_owned());
    }

    /// Refuses an API key from now on.
    pub fn revoke_key(&self, public: &str) {
        self.service.auth.keys().remove(public);
    }

    /// Forgets all nonces, as a restart does: the next request with each is answered `stale=true`.
    pub fn drop_nonces(&self) {
        self.service.auth.drop_nonces();
    }

    /// Sets whether nonces are accepted more than once.
    pub fn set_reuse(&self, reuse: Reuse) {
        self.service.auth.set_reuse(reuse);
    }
}
