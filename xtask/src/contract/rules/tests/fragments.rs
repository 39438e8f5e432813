//! Small fragments around the one thing that a case is about.

/// Puts a text further to the right.
pub(crate) fn indent(text: &str, by: usize) -> String {
    let by = " ".repeat(by);
    text.trim_matches('\n').lines().map(|line| format!("{by}{line}\n")).collect()
}

/// A path's item.
pub(crate) fn path(item: &str) -> String {
    format!("paths:\n  /probe:\n{}", indent(item, 4))
}

/// An operation without content, with more members.
pub(crate) fn operation(method: &str, more: &str) -> String {
    path(&format!(
        "{method}:\n  operationId: probe\n  summary: Probe\n  tags: [exports]\n{}  responses:\n    \"204\":\n      \
         description: Nothing.\n    4XX:\n      $ref: \"#/components/responses/clientError\"\n",
        indent(more, 2)
    ))
}

/// An operation with these parameters, on a path.
pub(crate) fn parameters(path: &str, list: &str) -> String {
    operation("get", &format!("parameters:\n{}", indent(list, 2))).replace("/probe:", &format!("{path}:"))
}

/// An operation with these responses.
pub(crate) fn responses(map: &str) -> String {
    path(&format!("get:\n  operationId: probe\n  summary: Probe\n  tags: [exports]\n  responses:\n{}", indent(map, 4)))
}

fn schemas(map: &str) -> String {
    format!("components:\n  schemas:\n{}", indent(map, 4))
}

/// Schemas, of which `Probe` is what an operation returns.
pub(crate) fn response(map: &str) -> String {
    let response = "\"200\":\n  description: A probe.\n  content:\n    application/json:\n      schema:\n        $ref: \
                  \"#/components/schemas/Probe\"\n4XX:\n  $ref: \"#/components/responses/clientError\"\n";
    responses(response) + &schemas(map)
}

/// The schema of a body.
pub(crate) fn body(method: &str, schema: &str) -> String {
    let body = "requestBody:\n  required: true\n  content:\n    application/json:\n      schema:\n";
    operation(method, &format!("{body}{}", indent(schema, 8)))
}

/// Schemas, of which `Probe` is what an operation asks for.
pub(crate) fn request(map: &str) -> String {
    body("post", "$ref: \"#/components/schemas/Probe\"") + &schemas(map)
}

/// Schemas, of which `Probe` is what a change asks for.
pub(crate) fn change(map: &str) -> String {
    body("patch", "$ref: \"#/components/schemas/Probe\"") + &schemas(map)
}

/// An object that is returned, with these properties.
pub(crate) fn returned(properties: &str) -> String {
    response(&format!("Probe:\n  type: object\n  properties:\n{}", indent(properties, 4)))
}

/// An object that is asked for, with these properties.
pub(crate) fn requested(properties: &str) -> String {
    request(&format!("Probe:\n  type: object\n  properties:\n{}", indent(properties, 4)))
}
