// The documents of draft 2020-12 itself, as published at json-schema.org, without their line breaks. A schema may refer
// to them, above all one that describes schemas.
#include <array>

#include "mcp/schema/library.hpp"

namespace convoke::mcp::schema {

namespace {

// clang-format off
constexpr std::array documents{
    std::string_view(
        R"~({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://json-schema.org/draft/2020-12/s)~"
        R"~(chema","$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/core":true,"https://json-schema.org/d)~"
        R"~(raft/2020-12/vocab/applicator":true,"https://json-schema.org/draft/2020-12/vocab/unevaluated":true,"http)~"
        R"~(s://json-schema.org/draft/2020-12/vocab/validation":true,"https://json-schema.org/draft/2020-12/vocab/me)~"
        R"~(ta-data":true,"https://json-schema.org/draft/2020-12/vocab/format-annotation":true,"https://json-schema.)~"
        R"~(org/draft/2020-12/vocab/content":true},"$dynamicAnchor":"meta","title":"Core and Validation specificatio)~"
        R"~(ns meta-schema","allOf":[{"$ref":"meta/core"},{"$ref":"meta/applicator"},{"$ref":"meta/unevaluated"},{"$)~"
        R"~(ref":"meta/validation"},{"$ref":"meta/meta-data"},{"$ref":"meta/format-annotation"},{"$ref":"meta/conten)~"
        R"~(t"}],"type":["object","boolean"],"$comment":"This meta-schema also defines keywords that have appeared i)~"
        R"~(n previous drafts in order to prevent incompatible extensions as they remain in common use.","properties)~"
        R"~(":{"definitions":{"$comment":"\"definitions\" has been replaced by \"$defs\".","type":"object","addition)~"
        R"~(alProperties":{"$dynamicRef":"#meta"},"deprecated":true,"default":{}},"dependencies":{"$comment":"\"depe)~"
        R"~(ndencies\" has been split and replaced by \"dependentSchemas\" and \"dependentRequired\" in order to ser)~"
        R"~(ve their differing semantics.","type":"object","additionalProperties":{"anyOf":[{"$dynamicRef":"#meta"},)~"
        R"~({"$ref":"meta/validation#/$defs/stringArray"}]},"deprecated":true,"default":{}},"$recursiveAnchor":{"$co)~"
        R"~(mment":"\"$recursiveAnchor\" has been replaced by \"$dynamicAnchor\".","$ref":"meta/core#/$defs/anchorSt)~"
        R"~(ring","deprecated":true},"$recursiveRef":{"$comment":"\"$recursiveRef\" has been replaced by \"$dynamicR)~"
        R"~(ef\".","$ref":"meta/core#/$defs/uriReferenceString","deprecated":true}}})~"),
    std::string_view(
        R"~({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://json-schema.org/draft/2020-12/m)~"
        R"~(eta/core","$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/core":true},"$dynamicAnchor":"meta)~"
        R"~(","title":"Core vocabulary meta-schema","type":["object","boolean"],"properties":{"$id":{"$ref":"#/$defs)~"
        R"~(/uriReferenceString","$comment":"Non-empty fragments not allowed.","pattern":"^[^#]*#?$"},"$schema":{"$r)~"
        R"~(ef":"#/$defs/uriString"},"$ref":{"$ref":"#/$defs/uriReferenceString"},"$anchor":{"$ref":"#/$defs/anchorS)~"
        R"~(tring"},"$dynamicRef":{"$ref":"#/$defs/uriReferenceString"},"$dynamicAnchor":{"$ref":"#/$defs/anchorStri)~"
        R"~(ng"},"$vocabulary":{"type":"object","propertyNames":{"$ref":"#/$defs/uriString"},"additionalProperties":)~"
        R"~({"type":"boolean"}},"$comment":{"type":"string"},"$defs":{"type":"object","additionalProperties":{"$dyna)~"
        R"~(micRef":"#meta"}}},"$defs":{"anchorString":{"type":"string","pattern":"^[A-Za-z_][-A-Za-z0-9._]*$"},"uri)~"
        R"~(String":{"type":"string","format":"uri"},"uriReferenceString":{"type":"string","format":"uri-reference"})~"
        R"~(}})~"),
    std::string_view(
        R"~({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://json-schema.org/draft/2020-12/m)~"
        R"~(eta/applicator","$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/applicator":true},"$dynamicA)~"
        R"~(nchor":"meta","title":"Applicator vocabulary meta-schema","type":["object","boolean"],"properties":{"pre)~"
        R"~(fixItems":{"$ref":"#/$defs/schemaArray"},"items":{"$dynamicRef":"#meta"},"contains":{"$dynamicRef":"#met)~"
        R"~(a"},"additionalProperties":{"$dynamicRef":"#meta"},"properties":{"type":"object","additionalProperties":)~"
        R"~({"$dynamicRef":"#meta"},"default":{}},"patternProperties":{"type":"object","additionalProperties":{"$dyn)~"
        R"~(amicRef":"#meta"},"propertyNames":{"format":"regex"},"default":{}},"dependentSchemas":{"type":"object",")~"
        R"~(additionalProperties":{"$dynamicRef":"#meta"},"default":{}},"propertyNames":{"$dynamicRef":"#meta"},"if")~"
        R"~(:{"$dynamicRef":"#meta"},"then":{"$dynamicRef":"#meta"},"else":{"$dynamicRef":"#meta"},"allOf":{"$ref":")~"
        R"~(#/$defs/schemaArray"},"anyOf":{"$ref":"#/$defs/schemaArray"},"oneOf":{"$ref":"#/$defs/schemaArray"},"not)~"
        R"~(":{"$dynamicRef":"#meta"}},"$defs":{"schemaArray":{"type":"array","minItems":1,"items":{"$dynamicRef":"#)~"
        R"~(meta"}}}})~"),
    std::string_view(
        R"~({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://json-schema.org/draft/2020-12/m)~"
        R"~(eta/unevaluated","$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/unevaluated":true},"$dynami)~"
        R"~(cAnchor":"meta","title":"Unevaluated applicator vocabulary meta-schema","type":["object","boolean"],"pro)~"
        R"~(perties":{"unevaluatedItems":{"$dynamicRef":"#meta"},"unevaluatedProperties":{"$dynamicRef":"#meta"}}})~"),
    std::string_view(
        R"~({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://json-schema.org/draft/2020-12/m)~"
        R"~(eta/validation","$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/validation":true},"$dynamicA)~"
        R"~(nchor":"meta","title":"Validation vocabulary meta-schema","type":["object","boolean"],"properties":{"typ)~"
        R"~(e":{"anyOf":[{"$ref":"#/$defs/simpleTypes"},{"type":"array","items":{"$ref":"#/$defs/simpleTypes"},"minI)~"
        R"~(tems":1,"uniqueItems":true}]},"const":true,"enum":{"type":"array","items":true},"multipleOf":{"type":"nu)~"
        R"~(mber","exclusiveMinimum":0},"maximum":{"type":"number"},"exclusiveMaximum":{"type":"number"},"minimum":{)~"
        R"~("type":"number"},"exclusiveMinimum":{"type":"number"},"maxLength":{"$ref":"#/$defs/nonNegativeInteger"},)~"
        R"~("minLength":{"$ref":"#/$defs/nonNegativeIntegerDefault0"},"pattern":{"type":"string","format":"regex"},")~"
        R"~(maxItems":{"$ref":"#/$defs/nonNegativeInteger"},"minItems":{"$ref":"#/$defs/nonNegativeIntegerDefault0"})~"
        R"~(,"uniqueItems":{"type":"boolean","default":false},"maxContains":{"$ref":"#/$defs/nonNegativeInteger"},"m)~"
        R"~(inContains":{"$ref":"#/$defs/nonNegativeInteger","default":1},"maxProperties":{"$ref":"#/$defs/nonNegati)~"
        R"~(veInteger"},"minProperties":{"$ref":"#/$defs/nonNegativeIntegerDefault0"},"required":{"$ref":"#/$defs/st)~"
        R"~(ringArray"},"dependentRequired":{"type":"object","additionalProperties":{"$ref":"#/$defs/stringArray"}}})~"
        R"~(,"$defs":{"nonNegativeInteger":{"type":"integer","minimum":0},"nonNegativeIntegerDefault0":{"$ref":"#/$d)~"
        R"~(efs/nonNegativeInteger","default":0},"simpleTypes":{"enum":["array","boolean","integer","null","number",)~"
        R"~("object","string"]},"stringArray":{"type":"array","items":{"type":"string"},"uniqueItems":true,"default")~"
        R"~(:[]}}})~"),
    std::string_view(
        R"~({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://json-schema.org/draft/2020-12/m)~"
        R"~(eta/meta-data","$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/meta-data":true},"$dynamicAnc)~"
        R"~(hor":"meta","title":"Meta-data vocabulary meta-schema","type":["object","boolean"],"properties":{"title")~"
        R"~(:{"type":"string"},"description":{"type":"string"},"default":true,"deprecated":{"type":"boolean","defaul)~"
        R"~(t":false},"readOnly":{"type":"boolean","default":false},"writeOnly":{"type":"boolean","default":false},")~"
        R"~(examples":{"type":"array","items":true}}})~"),
    std::string_view(
        R"~({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://json-schema.org/draft/2020-12/m)~"
        R"~(eta/format-annotation","$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/format-annotation":tr)~"
        R"~(ue},"$dynamicAnchor":"meta","title":"Format vocabulary meta-schema for annotation results","type":["obje)~"
        R"~(ct","boolean"],"properties":{"format":{"type":"string"}}})~"),
    std::string_view(
        R"~({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://json-schema.org/draft/2020-12/m)~"
        R"~(eta/content","$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/content":true},"$dynamicAnchor")~"
        R"~(:"meta","title":"Content vocabulary meta-schema","type":["object","boolean"],"properties":{"contentEncod)~"
        R"~(ing":{"type":"string"},"contentMediaType":{"type":"string"},"contentSchema":{"$dynamicRef":"#meta"}}})~"),
    std::string_view(
        R"~({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://json-schema.org/draft/2020-12/m)~"
        R"~(eta/format-assertion","$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/format-assertion":true)~"
        R"~(},"$dynamicAnchor":"meta","title":"Format vocabulary meta-schema for assertion results","type":["object")~"
        R"~(,"boolean"],"properties":{"format":{"type":"string"}}})~"),
};
// clang-format on

Documents read_documents() {
  Documents read;
  for (const std::string_view text : documents) {
    json::value document = json::parse(text);
    std::string uri = string_or_empty(document, "$id");
    read.emplace(std::move(uri), std::move(document));
  }
  return read;
}

}  // namespace

const json::value* draft_document(std::string_view uri) {
  static const Documents known = read_documents();
  const auto found = known.find(std::string(uri));
  return found == known.end() ? nullptr : &found->second;
}

}  // namespace convoke::mcp::schema
