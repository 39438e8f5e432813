//! Calls one imported operation of each shape, and prints what came of it.

use atlas_exports::{
    Client, ClientBuilder, Error, ErrorKind,
    generated::{types, unions},
};
use futures_util::TryStreamExt;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let [project, _, shape] = std::array::from_fn(|_| arguments.next().unwrap_or_default());
    let atlas = ClientBuilder::from_env()?.envelope(true).build()?;
    match shapes(&atlas, &project, &shape).await {
        Ok(text) => println!("{text}"),
        Err(error) => {
            let call = error.call().map(|call| (call.operation.map(|operation| operation.name), call.project.clone()));
            println!("{:?} {:?} {call:?}: {error}", error.kind(), error.status().map(|status| status.as_u16()));
        }
    }
    Ok(())
}

async fn shapes(atlas: &Client, project: &str, shape: &str) -> Result<String, Error> {
    const WIDGET: &str = "5fb1a7d2e2c4d84c1e4f0701";
    Ok(match shape {
        "paged" => {
            let widgets = atlas.list(|api| api.list_widgets().group_id(project)).page_size(2).items();
            let ids: Vec<String> = widgets.map_ok(|widget| widget.id.to_string()).try_collect().await?;
            ids.join(" ")
        }
        "plain" => {
            let widget = atlas.call(|api| api.get_widget().group_id(project).widget_id(WIDGET).send()).await?;
            let part = widget.part.as_ref();
            let spare = widget.spare.as_ref().map(|spare| spare.id.to_string());
            let depths: Vec<_> = widget.layers.iter().flatten().map(|layer| (layer.depth, &layer.color)).collect();
            format!(
                "{} {:?} {:?} {:?} {:?} {:?} {:?} {spare:?} {depths:?}",
                widget.id.as_str(),
                widget.size,
                widget.grid,
                widget.labels,
                widget.created_at,
                part.and_then(|part| part.length),
                part.and_then(|part| part.odd.as_ref()),
            )
        }
        "gadget" => {
            let org = "5fb1a7d2e2c4d84c1e4f0702";
            match atlas.call(|api| api.get_gadget().org_id(org).name("a b").send()).await? {
                unions::Gadget::LampGadget(lamp) => format!("a lamp of {:?} lumens", lamp.lumens),
                unions::Gadget::AirGadget(air) => format!("{:?} of {:?} watts", air.kind, air.watts),
                other => format!("new: {}", serde_json::to_string(&other).unwrap_or_default()),
            }
        }
        "create" => {
            let round = types::RoundWidgetRequest::builder().radius(3).color(types::RoundWidgetRequestColor::Red);
            let round = types::RoundWidgetRequest::try_from(round).map_err(|error| {
                Error::new(ErrorKind::InvalidInput, error.to_string())
            })?;
            let created = atlas
                .call(|api| api.create_widget().group_id(project).body(unions::WidgetRequest::from(round)).send())
                .await?;
            created.id.to_string()
        }
        "delete" => {
            atlas.call(|api| api.delete_widget().group_id(project).widget_id(WIDGET).send()).await?;
            "deleted".to_owned()
        }
        "restart" => {
            let value = atlas.api().restart_group_widget().group_id(project).widget_id(WIDGET).send().await?;
            value.to_string()
        }
        "user" => {
            let user: types::WidgetUser = types::WidgetUser::builder().username("a".to_owned()).try_into().map_err(
                |error: types::error::ConversionError| {
                    Error::new(ErrorKind::InvalidInput, error.to_string())
                },
            )?;
            let add = atlas.api().add_group_widget_user().group_id(project).widget_id(WIDGET).body(vec![user]);
            format!("{:?}", add.send().await?.into_inner().map(|user| user.username))
        }
        "search" => {
            let filter = types::WidgetFilter::builder().color("red".to_owned());
            let found = atlas.api().search_group_widgets().group_id(project).body(filter).send().await?;
            format!("{:?}", found.results.as_ref().map(Vec::len))
        }
        "log" => {
            let log = atlas.api().download_group_widget_log().group_id(project).widget_id(WIDGET).send().await?;
            let first = log.into_inner_stream().try_next().await.map(|chunk| chunk.map(|chunk| chunk.to_vec()));
            format!("{first:?}")
        }
        "usage" => {
            let usage = atlas.api().get_group_widget_usage().group_id(project).send().await?;
            let whole: Vec<_> = usage.into_inner_stream().try_collect().await.unwrap_or_default();
            String::from_utf8_lossy(&whole.concat()).into_owned()
        }
        "status" => {
            let status = atlas.call(|api| api.get_status().send()).await?;
            format!("{:?} {:?}", status.build, status.throttling)
        }
        other => format!("there is no shape {other}"),
    })
}
