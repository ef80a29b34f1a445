using System.Collections.Immutable;
using System.Text.Json;

namespace JitProxy.Policy.Tests.Sql.Support;

/// <summary>What PostgreSQL's own parse tree says about a statement: the node at its root, and the relations named in it.</summary>
internal static class PgTree
{
    /// <summary>The statement's node by name, such as <c>SelectStmt</c>; null unless the text is one statement.</summary>
    public static string? Root(JsonDocument tree) => Statement(tree) is { } statement ? statement.Name : null;

    /// <summary>The node's own content.</summary>
    public static JsonElement Content(JsonDocument tree) => Statement(tree)!.Value.Value;

    /// <summary>The relations as written, <c>schema.name</c> or <c>name</c>, without common tables.</summary>
    public static SortedSet<string> Relations(JsonDocument tree)
    {
        var relations = new SortedSet<string>(StringComparer.Ordinal);
        if (Statement(tree) is { } statement)
            Walk(statement.Value, [], relations);
        return relations;
    }

    /// <summary>The own names of the functions that are called, also where the grammar names them.</summary>
    public static IEnumerable<string> Functions(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(static property => property.Name == "FuncCall"
            ? Functions(property.Value).Prepend(Last(property.Value.GetProperty("funcname")))
            : Functions(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Functions),
        _ => [],
    };

    /// <summary>The symbols of the operators that are written, and of those that BETWEEN, IN, CASE and USING look up.</summary>
    public static IEnumerable<string> Operators(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(static property => Operators(property.Name, property.Value).Concat(Operators(property.Value))),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Operators),
        _ => [],
    };

    private static IEnumerable<string> Operators(string node, JsonElement content) => node switch
    {
        "A_Expr" => content.GetProperty("kind").GetString() switch
        {
            "AEXPR_BETWEEN" or "AEXPR_BETWEEN_SYM" => ["<=", ">="],
            "AEXPR_NOT_BETWEEN" or "AEXPR_NOT_BETWEEN_SYM" => ["<", ">"],
            _ => [Last(content.GetProperty("name"))],
        },
        "SubLink" when content.TryGetProperty("operName", out var name) => [Last(name)],
        "SubLink" when content.TryGetProperty("testexpr", out _) => ["="],
        "SortBy" when content.TryGetProperty("useOp", out var name) => [Last(name)],
        "CaseExpr" when content.TryGetProperty("arg", out _) => ["="],
        "JoinExpr" when content.TryGetProperty("usingClause", out _) || content.TryGetProperty("isNatural", out _) => ["="],
        _ => [],
    };

    private static string Last(JsonElement names) => names.EnumerateArray().Last().GetProperty("String").GetProperty("sval").GetString()!;

    /// <summary>The names of all nodes in the tree.</summary>
    public static IEnumerable<string> Nodes(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(static property =>
            char.IsAsciiLetterUpper(property.Name[0]) ? Nodes(property.Value).Prepend(property.Name) : Nodes(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Nodes),
        _ => [],
    };

    private static JsonProperty? Statement(JsonDocument tree)
    {
        var statements = tree.RootElement.TryGetProperty("stmts", out var list) ? list.EnumerateArray().ToList() : [];
        return statements is [var one] ? one.GetProperty("stmt").EnumerateObject().Single() : null;
    }

    private static void Walk(JsonElement element, ImmutableHashSet<string> common, SortedSet<string> relations)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    Walk(item, common, relations);
                break;
            case JsonValueKind.Object:
                common = With(element, common, relations);
                if (element.TryGetProperty("relname", out var name) && element.TryGetProperty("relpersistence", out _))
                    Add(element, name.GetString()!, common, relations);
                foreach (var property in element.EnumerateObject().Where(static p => p.Name is not ("withClause" or "intoClause" or "lockedRels")))
                    Walk(property.Value, common, relations);
                break;
        }
    }

    private static void Add(JsonElement range, string name, ImmutableHashSet<string> common, SortedSet<string> relations)
    {
        if (range.TryGetProperty("schemaname", out var schema))
            relations.Add($"{schema.GetString()}.{name}");
        else if (!common.Contains(name))
            relations.Add(name);
    }

    // A common table sees those before it; in WITH RECURSIVE all.
    private static ImmutableHashSet<string> With(JsonElement statement, ImmutableHashSet<string> common, SortedSet<string> relations)
    {
        if (!statement.TryGetProperty("withClause", out var with))
            return common;
        var tables = with.GetProperty("ctes").EnumerateArray().Select(static t => t.GetProperty("CommonTableExpr")).ToList();
        if (with.TryGetProperty("recursive", out var recursive) && recursive.GetBoolean())
            common = common.Union(tables.Select(NameOf));
        foreach (var table in tables)
        {
            Walk(table.GetProperty("ctequery"), common, relations);
            common = common.Add(NameOf(table));
        }

        return common;
    }

    private static string NameOf(JsonElement table) => table.GetProperty("ctename").GetString()!;
}
