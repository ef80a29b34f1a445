using System.Collections.Frozen;
using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>SHOW and DESCRIBE: names, types and settings, but for some that show statements of others, values or passwords.</summary>
internal sealed class ShowResolver(Catalogue catalogue)
{
    // Not: warnings and errors, which quote values; process lists, profiles, EXPLAIN FOR CONNECTION and ENGINE STATUS, which show statements;
    // events of logs, which show rows; CREATE USER and GRANTS, which may show hashes.
    private static readonly FrozenSet<string> Harmless = (
        "databases|schemas|tables|table status|open tables|columns|fields|index|indexes|keys|create table|create view|create database|create schema|" +
        "create procedure|create function|create trigger|create event|create sequence|create package|create package body|procedure status|" +
        "function status|package status|package body status|triggers|events|variables|status|character set|charset|collation|engines|storage engines|" +
        "plugins|plugins soname|privileges|authors|contributors|locales|parse_tree").Split('|').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Says what a SHOW shows.</summary>
    public StatementAnalysis Analyze(ShowStatement show)
    {
        if (catalogue.Dialect == SqlDialect.PostgreSql)
            return Setting(show.Name);
        const string Why = "which may hold values, statements or passwords of others";
        return new()
        {
            Kind = StatementKind.Show,
            ReadOnlyObjection = Harmless.Contains(show.Name) ? Objection(show) : $"it shows {show.Name}, {Why}",
            Relations = Relations(show.Object),
            EveryColumn = new(),
        };
    }

    /// <summary>Says what a DESCRIBE shows.</summary>
    public StatementAnalysis Analyze(DescribeStatement describe) =>
        new() { Kind = StatementKind.Explain, Relations = Relations(describe.Relation), EveryColumn = new() };

    private static StatementAnalysis Setting(string name) => new()
    {
        Kind = StatementKind.Show,
        Columns = name == "all" ? [Free("name"), Free("setting"), Free("description")] : [Free(null)], // the server's spelling: TimeZone
    };

    private static OutputColumn Free(string? name) => new() { Name = name };

    // A condition may call functions and read tables in subqueries. The columns of the answer are not in the catalogue, and need not be.
    private string? Objection(ShowStatement show)
    {
        if (show.Where is null)
            return null;
        var resolver = new Resolver(catalogue);
        var scope = resolver.Within(null, null);
        scope.Add(FromShape.Of(new(null, null, [], Lineage.None)));
        resolver.Expressions.Resolve(show.Where, scope);
        return resolver.Findings.Relations.Count > 0
            ? "it reads tables to choose what it shows"
            : ReadOnlyProof.Objection(resolver.Findings, QueryShape.Pending, catalogue, null);
    }

    private ImmutableArray<RelationUse> Relations(QualifiedName? name) => name is not null && ServerNames.Of(catalogue).Find(name) is { } found
        ? [new(found.Schema, found.Name)]
        : [];
}
