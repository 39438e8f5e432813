//! Pages of export jobs.

use crate::{
    Error, ExportJob, Exports,
    pages::{FetchFuture, Fetched, PageAsk, Source},
    transport::Pace,
};

impl Source<ExportJob> for Exports {
    fn fetch(&self, ask: PageAsk) -> FetchFuture<'_, ExportJob> {
        Box::pin(self.page(ask, Pace::Single))
    }

    fn key<'a>(&self, job: &'a ExportJob) -> &'a str {
        job.id.as_str()
    }
}

impl Exports {
    /// One page of the cluster's jobs.
    pub(crate) async fn page(&self, ask: PageAsk, pace: Pace) -> Result<Fetched<ExportJob>, Error> {
        let answered = self
            .client
            .call_in_full(pace, |api| async move {
                api.list_export_jobs()
                    .group_id(&self.project)
                    .cluster_name(&self.cluster)
                    .page_num(ask.number)
                    .items_per_page(ask.size)
                    .include_count(ask.count)
                    .send()
                    .await
            })
            .await?;
        Ok(Fetched::new(answered, |page| (page.results, page.links, page.total_count)))
    }
}
