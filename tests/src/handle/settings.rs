//! The settings of a fake.

use std::{net::Ipv4Addr, time::SystemTime};

use crate::{Balance, Scenario, api::ApiSettings, auth::AuthSettings};

/// The settings of one fake.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) prefix: String,
    pub(crate) auth: AuthSettings,
    pub(crate) api: ApiSettings,
    pub(crate) balance: Balance,
    pub(crate) project_id: String,
    pub(crate) cluster_name: String,
    pub(crate) any_project: bool,
    pub(crate) scenario: Scenario,
    pub(crate) control: bool,
    pub(crate) seed: u64,
    pub(crate) start: Option<SystemTime>,
    pub(crate) time_scale: f64,
    pub(crate) remembered_requests: usize,
    #[cfg(feature = "tls")]
    pub(crate) tls: bool,
    #[cfg(feature = "tls")]
    pub(crate) http2: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port: 0,
            prefix: String::new(),
            auth: AuthSettings::default(),
            api: ApiSettings::default(),
            balance: Balance::PerConnection,
            project_id: "32b6e34b3d91647abb20e7b8".into(),
            cluster_name: "Cluster0".into(),
            any_project: false,
            scenario: Scenario::default(),
            control: false,
            seed: 0,
            start: None,
            time_scale: 1.0,
            remembered_requests: 50_000,
            #[cfg(feature = "tls")]
            tls: false,
            #[cfg(feature = "tls")]
            http2: true,
        }
    }
}
