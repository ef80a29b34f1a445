using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JitProxy.Server.Admin.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Admin;

public sealed class ApiDocumentTests
{
    [Test]
    public async Task The_document_is_valid_OpenAPI_and_needs_no_token()
    {
        await using var fixture = await AdminFixture.StartAsync();
        using var http = new HttpClient { BaseAddress = fixture.Address };

        var read = OpenApiDocument.Parse(await http.GetStringAsync("openapi.json"), "json");

        Assert.That(read.Diagnostic!.Errors.Select(static e => e.ToString()), Is.Empty);
        Assert.That(read.Diagnostic.SpecificationVersion, Is.EqualTo(OpenApiSpecVersion.OpenApi3_1));
        Assert.That(read.Document!.Paths, Has.Count.GreaterThan(20));
    }

    [Test]
    public async Task Every_route_is_in_the_document_and_nothing_else()
    {
        await using var fixture = await AdminFixture.StartAsync();
        var document = await DocumentAsync(fixture);
        var described = document["paths"]!.AsObject()
            .SelectMany(static path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"));

        var mapped = fixture.Routes
            .SelectMany(static route => route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {ApiDocument.PathOf(route.RoutePattern.RawText!)}"))
            .Where(static route => IsOfApi(route));

        Assert.That(described.Append("GET /openapi.json"), Is.EquivalentTo(mapped));
    }

    [Test]
    public async Task Every_operation_says_what_it_takes_and_answers()
    {
        await using var fixture = await AdminFixture.StartAsync();
        var document = await DocumentAsync(fixture);
        var names = new List<string>();
        foreach (var (path, item) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject())
            {
                var place = $"{method} {path}";
                names.Add(operation!["operationId"]!.GetValue<string>());
                Assert.That(operation["summary"]?.GetValue<string>(), Is.Not.Empty, place);
                Assert.That(operation["responses"]!["200"]!["content"]!.AsObject(), Has.Count.EqualTo(1), place);
                Assert.That((operation["parameters"]?.AsArray() ?? []).Select(static p => p!["description"]?.GetValue<string>()), Is.All.Not.Empty, place);
                if (operation["security"] is null)
                    Assert.That(operation["responses"]!["401"]!["content"]!["application/problem+json"], Is.Not.Null, place);
            }
        }

        Assert.That(names, Is.Unique);
        foreach (var reference in References(document))
            Assert.That(reference.StartsWith("#/components/", StringComparison.Ordinal) && Resolve(document, reference) is not null, Is.True, reference);
    }

    private static bool IsOfApi(string route) => route.Split(' ')[1] is "/healthz" or "/readyz" or "/metrics" or "/openapi.json" || route.Contains(" /v1/", StringComparison.Ordinal);

    private static async Task<JsonObject> DocumentAsync(AdminFixture fixture)
    {
        using var http = new HttpClient { BaseAddress = fixture.Address };
        return (await http.GetFromJsonAsync<JsonObject>("openapi.json"))!;
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject holder => holder.SelectMany(static pair => pair.Key == "$ref" ? [pair.Value!.GetValue<string>()] : References(pair.Value)),
        JsonArray array => array.SelectMany(References),
        _ => [],
    };

    private static JsonNode? Resolve(JsonNode root, string reference) =>
        reference[2..].Split('/').Aggregate((JsonNode?)root, static (node, part) => node is JsonArray array ? array[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)] : node?[part]);
}
