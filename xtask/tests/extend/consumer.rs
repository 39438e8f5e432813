//! Calls what the contract has gained, as any dependent would.

use atlas_exports::{Client, Error, ErrorKind};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let [project, cluster, snapshot, export] = std::array::from_fn(|_| arguments.next().unwrap_or_default());
    let atlas = Client::from_env()?;
    let ask = |snapshot: &str| {
        atlas.api().get_backup_snapshot().group_id(&*project).cluster_name(&*cluster).snapshot_id(snapshot)
    };

    let got = ask(&snapshot).pretty(true).send().await?;
    let (status, bytes): (Option<String>, Option<i64>) = (got.status.clone(), got.storage_size_bytes);
    let taken = got.created_at.expect("a time").naive_utc();
    let items = got.policy_items.as_ref().map_or(0, Vec::len);
    println!("{}, {} bytes, of {taken} UTC, {items} policy items", status.expect("a status"), bytes.expect("a size"));

    match ask("5fb1a7d2e2c4d84c1e4f0778").send().await.map_err(Error::from) {
        Err(error) if error.kind() == ErrorKind::Api => {
            let code = error.api().and_then(|api| api.error_code.clone()).unwrap_or_default();
            println!("{} {code}", error.status().expect("a status").as_u16());
        }
        other => panic!("{other:?}"),
    }
    match ask("latest").send().await.map_err(Error::from) {
        Err(error) if error.kind() == ErrorKind::InvalidInput => println!("a snapshot has no such id: nothing was sent"),
        other => panic!("{other:?}"),
    }

    let asked = atlas.api().get_export_job().group_id(&*project).cluster_name(&*cluster).export_id(&*export);
    let job = asked.with_size(true).send().await?;
    println!("the api tells {} bytes", job.exported_bytes.expect("a size"));
    let job = atlas.exports(project.parse()?, &cluster)?.get(&export.parse()?).await?;
    println!("a handle tells {} bytes", job.exported_bytes.expect("a size"));
    Ok(())
}
