//! The end of resource versions.

use crate::FakeAtlas;

/// The end of resource versions.
impl FakeAtlas {
    /// Responds to a resource version of v2, such as `2023-01-01`, with 410 `VERSION_GONE` from now on. Versions whose end
    /// the live service has announced also end by the clock of the fake.
    pub fn sunset(&self, resource_version: &str) {
        self.service.api.versions.sunset(resource_version);
    }

    /// Sends these values of `Deprecation` and `Sunset` from a path on either version of the API. Atlas writes the day
    /// with one digit: `Thu, 1 Jul 2027 00:00:00 GMT`.
    pub fn deprecate(&self, path: &str, deprecation: Option<&str>, sunset: Option<&str>) {
        self.service.api.versions.deprecate(path, deprecation, sunset);
    }
}
