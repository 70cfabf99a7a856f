//! The inventory for programs: a bill of materials as CycloneDX 1.6, in JSON.
//!
//! The same inventory gives the same bytes: there is no time stamp, and the serial number is
//! derived from the content.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::model::{Component, ComponentKind, Inventory, License};

/// Name of the file, as CycloneDX recommends.
pub const FILE_NAME: &str = "sbom.cdx.json";

/// Reference of the application within the document.
const APPLICATION: &str = "application";

/// Which extension modules link a library.
const USED_BY: &str = "pyoxidizer:used-by";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom<'a> {
    bom_format: &'static str,
    spec_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    version: u32,
    metadata: Metadata<'a>,
    components: Vec<Item<'a>>,
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    tools: Tools,
    component: Item<'a>,
}

#[derive(Serialize)]
struct Tools {
    components: [Item<'static>; 1],
}

#[derive(Serialize)]
struct Item<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<LicenseChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property<'a>>,
}

#[derive(Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

/// One of two shapes, each with who says so.
#[derive(Serialize)]
#[serde(untagged)]
enum LicenseChoice {
    Expression { expression: String, acknowledgement: &'static str },
    Named { license: NamedLicense },
}

#[derive(Serialize)]
struct NamedLicense {
    name: String,
    acknowledgement: &'static str,
}

#[derive(Serialize)]
struct Property<'a> {
    name: &'static str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    #[serde(rename = "ref")]
    reference: String,
    depends_on: Vec<String>,
}

/// The document for an executable that is called `application`.
///
/// # Errors
///
/// None that is known; `serde_json` has the last word.
pub fn json(inventory: &Inventory, application: &str) -> Result<Vec<u8>, serde_json::Error> {
    let mut bom = bom(inventory, application);
    bom.serial_number = Some(serial_number(&serde_json::to_vec(&bom)?));
    let mut json = serde_json::to_vec_pretty(&bom)?;
    json.push(b'\n');
    Ok(json)
}

fn bom<'a>(inventory: &'a Inventory, application: &'a str) -> Bom<'a> {
    let mut components: Vec<Item<'_>> = inventory.components.iter().map(item).collect();
    set_apart(&mut components);
    let references: Vec<String> =
        components.iter().filter_map(|component| component.reference.clone()).collect();
    let leaf = |reference: &String| Dependency { reference: reference.clone(), depends_on: vec![] };
    let mut dependencies: Vec<Dependency> = references.iter().map(leaf).collect();
    dependencies.insert(0, Dependency { reference: APPLICATION.into(), depends_on: references });
    let tool = Item {
        version: Some(env!("CARGO_PKG_VERSION")),
        ..plain("application", env!("CARGO_PKG_NAME"))
    };
    let reference = Some(APPLICATION.to_owned());
    let component = Item { reference, ..plain("application", application) };
    Bom {
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: None,
        version: 1,
        metadata: Metadata { tools: Tools { components: [tool] }, component },
        components,
        dependencies,
    }
}

/// Makes references unique: Cargo links one version of a crate from two places when it is told to.
fn set_apart(components: &mut [Item<'_>]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for reference in components.iter_mut().filter_map(|component| component.reference.as_mut()) {
        let count = seen.entry(reference.clone()).or_default();
        *count += 1;
        if *count > 1 {
            reference.push_str(&format!("#{count}"));
        }
    }
}

fn plain<'a>(kind: &'static str, name: &'a str) -> Item<'a> {
    Item {
        kind,
        reference: None,
        name,
        version: None,
        hashes: Vec::new(),
        licenses: Vec::new(),
        purl: None,
        properties: Vec::new(),
    }
}

fn item(component: &Component) -> Item<'_> {
    let kind = if component.kind == ComponentKind::Python { "platform" } else { "library" };
    let hash = |digest: &crate::config::resolved::Sha256Digest| Hash {
        alg: "SHA-256",
        content: digest.to_string(),
    };
    let users = component.used_by.iter();
    Item {
        reference: Some(reference(component)),
        version: component.version.as_deref(),
        hashes: component.sha256.iter().map(hash).collect(),
        licenses: licenses(&component.license).into_iter().collect(),
        purl: component.purl.as_deref(),
        properties: users.map(|user| Property { name: USED_BY, value: user }).collect(),
        ..plain(kind, &component.name)
    }
}

/// What a component is called within the document.
fn reference(component: &Component) -> String {
    let prefix = match component.kind {
        ComponentKind::Python => "python",
        ComponentKind::Library => "library",
        ComponentKind::Extension => "extension",
        ComponentKind::Distribution => "distribution",
        ComponentKind::Crate => "crate",
    };
    match &component.version {
        Some(version) => format!("{prefix}/{}@{version}", component.name),
        None => format!("{prefix}/{}", component.name),
    }
}

fn licenses(license: &License) -> Option<LicenseChoice> {
    let acknowledgement = "declared";
    match license {
        License::Expression(expression) => {
            Some(LicenseChoice::Expression { expression: expression.to_string(), acknowledgement })
        }
        License::Text(name) => Some(LicenseChoice::Named {
            license: NamedLicense { name: name.clone(), acknowledgement },
        }),
        License::Unknown => None,
    }
}

/// A UUID of version 8, that is of our own making, from the content.
fn serial_number(content: &[u8]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(content)[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let [a, b, c, d, e] = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)]
        .map(|(from, to)| digits.get(from..to).unwrap_or_default());
    format!("urn:uuid:{a}-{b}-{c}-{d}-{e}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::licenses::testing::sample;

    #[test]
    fn the_document_has_every_component() {
        let document: serde_json::Value =
            serde_json::from_slice(&json(&sample(), "app").unwrap()).unwrap();
        assert_eq!(document["metadata"]["component"]["name"], "app");
        let components = document["components"].as_array().unwrap();
        let names: Vec<_> = components.iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["CPython", "libssl", "Odd", "c", "d"]);
        insta::assert_snapshot!(serde_json::to_string(&components[1]).unwrap(), @r#"{"bom-ref":"library/libssl","hashes":[{"alg":"SHA-256","content":"abababababababababababababababababababababababababababababababab"}],"licenses":[{"acknowledgement":"declared","expression":"Apache-2.0"}],"name":"libssl","properties":[{"name":"pyoxidizer:used-by","value":"_ssl"}],"purl":"pkg:generic/libssl","type":"library"}"#);
        assert_eq!(components[2]["licenses"][0]["license"]["name"], "Two\n words");
        assert_eq!(components[4].get("licenses"), None);
        let all = document["dependencies"][0]["dependsOn"].as_array().unwrap();
        let references: Vec<_> = components.iter().map(|one| &one["bom-ref"]).collect();
        assert_eq!(all.iter().collect::<Vec<_>>(), references);
    }

    #[test]
    fn references_are_unique() {
        let crates = ["a", "a", "b", "a"].map(|name| Component::new(ComponentKind::Crate, name));
        let inventory = Inventory::new(crates.to_vec());
        let references: Vec<_> = bom(&inventory, "app")
            .components
            .into_iter()
            .filter_map(|component| component.reference)
            .collect();
        assert_eq!(references, ["crate/a", "crate/a#2", "crate/a#3", "crate/b"]);
    }

    #[test]
    fn the_serial_number_follows_the_content() {
        let serial = |application| {
            let document: serde_json::Value =
                serde_json::from_slice(&json(&sample(), application).unwrap()).unwrap();
            document["serialNumber"].as_str().unwrap().to_owned()
        };
        assert_eq!(serial("a"), serial("a"));
        assert_ne!(serial("a"), serial("b"));
        let uuid = serial("a");
        assert_eq!((uuid.len(), &uuid[..9], &uuid[23..24]), (45, "urn:uuid:", "8"), "{uuid}");
    }
}
