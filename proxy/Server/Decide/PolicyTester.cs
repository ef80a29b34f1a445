using System.Collections.Immutable;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>Asks a configuration for the flow of a request as the desk would, but without databases: what a statement reads is given.</summary>
internal static class PolicyTester
{
    /// <summary>Tries one case.</summary>
    public static PolicyCaseResult Try(ProxyConfiguration configuration, PolicyCase test, DateTimeOffset now)
    {
        var (steps, refusal) = Decide(configuration, test, now);
        var passed = (steps, test.Steps) switch
        {
            ({ } found, { } expected) => found.SequenceEqual(expected),
            (null, null) => test.Because is null || refusal.Contains(test.Because, StringComparison.OrdinalIgnoreCase),
            _ => false,
        };
        var expectation = test.Steps is { } wanted ? Describe(wanted) : test.Because is { } because ? $"refused ({because})" : "refused";
        return new(test.Name, passed, expectation, steps is { } actual ? Describe(actual) : $"refused: {refusal}");
    }

    private static (ImmutableArray<ApprovalStep>? Steps, string Refusal) Decide(ProxyConfiguration configuration, PolicyCase test, DateTimeOffset now)
    {
        var wish = test.Wish;
        if (!RequestCheck.TryLocate(configuration, wish.Databases, out var servers, out var fault)
            || !RequestCheck.TryFindProject(configuration, wish, out var project, out fault))
            return (null, fault);
        if (RequestCheck.FindBadTerms(wish, project) is { } terms)
            return (null, terms);
        if (wish.Kind == GrantKind.Role && RequestCheck.FindBadRole(configuration, wish) is { } role)
            return (null, role);

        var analysis = wish.Kind == GrantKind.Role ? null : Analyze(test);
        var targets = wish.Databases
            .Zip(servers, (database, server) => new AnalyzedTarget(server, database[(database.IndexOf('/', StringComparison.Ordinal) + 1)..], analysis))
            .ToList();
        var request = new GrantRequest
        {
            Kind = wish.Kind,
            User = "somebody",
            Project = project.Name,
            Databases = wish.Databases,
            Dialect = servers[0].Engine,
            Statement = wish.Statement,
            Role = wish.Role,
            Unmask = wish.Unmask,
            Export = wish.Export,
            Reason = "test",
            Duration = RequestCheck.DurationOf(wish, project),
        };
        return ApprovalSteps.Pick(configuration.Approval, request, targets, test.At ?? now) is { } steps
            ? (steps, "")
            : (null, "no approval rule is for this request, and there is no fallback");
    }

    private static StatementAnalysis Analyze(PolicyCase test)
    {
        if (test.Tables is null && test.Columns is null)
            return new() { Kind = test.Kind, Unresolved = "the test names no tables" };

        var sources = test.Columns?.Select(static c => SplitLast(c)).Select(static c => (Table: Relation(c.Head), Column: c.Tail)).ToList();
        var tables = (test.Tables ?? []).Select(Relation).Concat(sources?.Select(static s => s.Table) ?? []).Distinct();
        return new()
        {
            Kind = test.Kind,
            Relations = [.. tables],
            Columns = sources is null ? default : [],
            PredicateColumns = sources is null ? [] : [.. sources.Select(static s => new SourceColumn(s.Table.Schema, s.Table.Name, s.Column))],
        };
    }

    private static RelationUse Relation(string name) => SplitLast(name) is { Head.Length: > 0 } parts ? new(parts.Head, parts.Tail) : new("public", name);

    private static (string Head, string Tail) SplitLast(string name) =>
        name.LastIndexOf('.') is >= 0 and var dot ? (name[..dot], name[(dot + 1)..]) : ("", name);

    private static string Describe(ImmutableArray<ApprovalStep> steps) => steps.IsEmpty ? "approved at once" : string.Join(", then ", steps);
}
