// Task: the OpenAPI document of the API, from the same list that the routes are made of and the same types that bodies are read into.
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Admin.OpenApi;

/// <summary>Writes the document.</summary>
internal static class ApiDocument
{
    private const string Version = "3.1.0";

    private static readonly Dictionary<int, string> StatusWords = new()
    {
        [400] = "The request cannot be read; the answer says what is wrong.",
        [401] = "A token is needed, or the one given is unknown, expired or revoked.",
        [403] = "The caller may not do this.",
        [404] = "There is no such thing, or the caller may not see it.",
        [409] = "It was not done: the answer says why, and what to do next.",
        [429] = "Too many wrong tokens from this address; the header Retry-After says how long to wait.",
        [500] = "A defect of the proxy; its log has more.",
        [503] = "The store or the trail cannot be written; nothing was changed.",
    };

    /// <summary>The document of these operations.</summary>
    public static JsonObject Make(IReadOnlyCollection<ApiOperation> operations)
    {
        var schemas = new JsonObject();
        Define(schemas, typeof(Problem));
        var paths = new JsonObject();
        foreach (var operation in operations)
        {
            var path = PathOf(operation.Pattern);
            if (paths[path] is not JsonObject item)
                paths[path] = item = [];
            item[operation.Method.ToLowerInvariant()] = Describe(operation, schemas);
        }

        return new()
        {
            ["openapi"] = Version,
            ["info"] = new JsonObject
            {
                ["title"] = "JitProxy",
                ["version"] = typeof(ApiDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0",
                ["description"] = "Requests, grants, users and the audit trail. Faults are application/problem+json (RFC 9457) with a hint what to do next. "
                    + "On the unix socket no token is needed: whoever may open it is the local administrator, or the user named by X-Jitproxy-As.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["tags"] = new JsonArray([.. operations.DistinctBy(static o => o.Tag).Select(static o => (JsonNode)new JsonObject { ["name"] = o.Tag })]),
            ["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "A token of `jitproxy token create`." },
                },
                ["schemas"] = schemas,
            },
        };
    }

    /// <summary>The path of a route's pattern: constraints are no part of it.</summary>
    public static string PathOf(string pattern) => string.Concat(pattern.Split('{').Select(static (part, index) =>
        index == 0 ? part : "{" + part[..part.AsSpan().IndexOfAny(':', '}')] + part[part.IndexOf('}', StringComparison.Ordinal)..]));

    private static JsonObject Describe(ApiOperation operation, JsonObject schemas)
    {
        var described = new JsonObject
        {
            ["operationId"] = NameOf(operation),
            ["summary"] = operation.Summary,
            ["tags"] = new JsonArray(operation.Tag),
        };
        if (operation.Description is { } description)
            described["description"] = description;
        if (operation.IsOpen)
            described["security"] = new JsonArray();
        var parameters = new JsonArray([.. PathParameters(operation.Pattern), .. operation.Query.Select(QueryParameter)]);
        if (parameters.Count > 0)
            described["parameters"] = parameters;
        if (operation.Body is { } body)
            described["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content("application/json", Define(schemas, body)) };
        described["responses"] = Responses(operation, schemas);
        return described;
    }

    private static JsonObject Responses(ApiOperation operation, JsonObject schemas)
    {
        var schema = operation.Answer is { } answer ? Define(schemas, answer) : new JsonObject { ["type"] = "string" };
        var responses = new JsonObject
        {
            ["200"] = new JsonObject { ["description"] = "Done.", ["content"] = Content(operation.AnswerType, schema) },
        };
        foreach (var status in operation.Faults.Concat(operation.IsOpen ? [] : [401, 429, 500]).Distinct().Order())
        {
            responses[status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = new JsonObject
            {
                ["description"] = StatusWords[status],
                ["content"] = Content(Problem.MediaType, Reference(typeof(Problem))),
            };
        }

        return responses;
    }

    private static JsonObject Content(string type, JsonNode schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    private static IEnumerable<JsonNode> PathParameters(string pattern)
    {
        foreach (var part in pattern.Split('{').Skip(1))
        {
            var name = part[..part.AsSpan().IndexOfAny(':', '}')];
            var isNumber = part.StartsWith(name + ":long", StringComparison.Ordinal);
            yield return new JsonObject
            {
                ["name"] = name,
                ["in"] = "path",
                ["required"] = true,
                ["description"] = isNumber ? "Its number." : "Its name.",
                ["schema"] = isNumber ? new JsonObject { ["type"] = "integer", ["format"] = "int64" } : new JsonObject { ["type"] = "string" },
            };
        }
    }

    private static JsonNode QueryParameter(ApiParameter parameter)
    {
        var schema = parameter.Kind switch
        {
            ApiValue.Text or ApiValue.Words => new JsonObject { ["type"] = "string" },
            ApiValue.Number => new JsonObject { ["type"] = "integer", ["format"] = "int64" },
            ApiValue.Flag => new JsonObject { ["type"] = "boolean" },
            ApiValue.Time => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
        };
        if (!parameter.Words.IsEmpty && parameter.Kind == ApiValue.Text)
            schema["enum"] = new JsonArray([.. parameter.Words.Select(static word => (JsonNode)word)]);
        var words = parameter.Words.IsEmpty || parameter.Kind == ApiValue.Text ? "" : $" There are: {string.Join(", ", parameter.Words)}.";
        return new JsonObject { ["name"] = parameter.Name, ["in"] = "query", ["description"] = parameter.Meaning + words, ["schema"] = schema };
    }

    // A type's schema stands once among the components; what it holds stands inside of it.
    private static JsonObject Define(JsonObject schemas, Type type)
    {
        if (type.IsArray)
            return new JsonObject { ["type"] = "array", ["items"] = Define(schemas, type.GetElementType()!) };
        if (!schemas.ContainsKey(type.Name))
        {
            var options = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Complete };
            var schema = AdminJson.Compact.GetJsonSchemaAsNode(type, options);
            MoveReferences(schema, $"#/components/schemas/{type.Name}");
            schemas[type.Name] = schema;
        }

        return Reference(type);
    }

    // The exporter does not know what our converter writes.
    private static JsonNode Complete(JsonSchemaExporterContext context, JsonNode schema) =>
        context.TypeInfo.Type == typeof(DateTimeOffset) ? new JsonObject { ["type"] = "string", ["format"] = "date-time" }
        : context.TypeInfo.Type == typeof(DateTimeOffset?) ? new JsonObject { ["type"] = new JsonArray("string", "null"), ["format"] = "date-time" }
        : schema;

    // Inside of a schema, "#" is its own root.
    private static void MoveReferences(JsonNode? node, string root)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
                MoveReferences(item, root);
        }
        else if (node is JsonObject holder)
        {
            if (holder["$ref"]?.GetValue<string>() is { } target && target.StartsWith('#') && !target.StartsWith("#/components", StringComparison.Ordinal))
                holder["$ref"] = root + target[1..];
            foreach (var (_, value) in holder)
                MoveReferences(value, root);
        }
    }

    private static JsonObject Reference(Type type) => new() { ["$ref"] = $"#/components/schemas/{type.Name}" };

    private static string NameOf(ApiOperation operation) =>
        operation.Method.ToLowerInvariant() + string.Concat(operation.Pattern.Split('/', '.', '-').Select(static part =>
            part.Length == 0 || part is "v1" ? "" : part[0] == '{' ? "One" : char.ToUpperInvariant(part[0]) + part[1..]));
}
