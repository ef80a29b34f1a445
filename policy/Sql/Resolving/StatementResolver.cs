using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>From a syntax tree to the analysis of it, whatever the statement is.</summary>
/// <param name="catalogue">The names of the database.</param>
/// <param name="admitted">True for functions, as schema and name, that the configuration admits although users made them.</param>
internal sealed class StatementResolver(Catalogue catalogue, Func<string, string, bool>? admitted)
{
    /// <summary>Says what a statement is, reads and returns.</summary>
    public StatementAnalysis Analyze(Statement statement)
    {
        var shows = new ShowResolver(catalogue);
        switch (statement)
        {
            case QueryStatement:
                return Resolved(statement, StatementKind.Select);
            case ChangeStatement change:
                return Resolved(statement, change.Kind);
            case ExplainStatement explain:
                return Explained(explain);
            case CopyStatement copy:
                return new CopyResolver(this).Analyze(copy);
            case ShowStatement show:
                return shows.Analyze(show);
            case DescribeStatement describe:
                return shows.Analyze(describe);
            case SetStatement or ResetStatement or SetVariablesStatement:
                return Refused(StatementKind.Set, "it changes a setting");
            case TransactionStatement transaction:
                return Refused(StatementKind.Transaction, $"it controls the transaction ({transaction.Verb})");
            case EmptyStatement:
                return new() { Kind = StatementKind.Empty, Columns = [] };
            case OtherStatement other:
                return Named(other);
            case HandleStatement handle:
                var why = $"it keeps a statement under a name ({handle.Verb})";
                return Analyze(handle.Inner) with { Kind = StatementKind.Other, ReadOnlyObjection = why, Columns = default };
            case ScopedStatement scoped:
                return Analyze(scoped.Inner) with { ReadOnlyObjection = "it changes a setting while it runs (SET STATEMENT)" };
            default:
                return Refused(StatementKind.Other, "it acts on the session");
        }
    }

    /// <summary>The analysis of a query or a change, under the name of this kind.</summary>
    public StatementAnalysis Resolved(Statement statement, StatementKind kind)
    {
        var resolver = new Resolver(catalogue);
        var shape = resolver.Resolve(statement, null, null);
        var findings = resolver.Findings;
        if (shape.Hidden is not null)
            findings.Unresolve("the number of columns depends on what only the server knows");
        var objection = ReadOnlyProof.Objection(findings, shape, catalogue, admitted);
        return new()
        {
            Kind = kind,
            ReadOnlyObjection = findings.ChangeObjection ?? objection,
            Changes = [.. findings.Changes],
            WriteObjection = objection ?? WriteProof.Objection(findings, catalogue),
            StoredColumns = Sorted(findings.Stored.Sources),
            StoresUnknown = findings.Stored.IsUnknown,
            Unresolved = findings.Unresolved,
            Relations = [.. findings.Relations],
            Functions = [.. findings.Functions.Select(Name).Order(StringComparer.Ordinal).Distinct()],
            RunsForeignCode = ReadOnlyProof.RunsForeignCode(findings, catalogue),
            Columns = shape.Hidden is null ? [.. shape.Columns.Select(Output)] : default,
            PredicateColumns = Sorted(findings.Predicates),
            DerivedNames = [.. findings.DerivedNames],
            ParameterCount = findings.ParameterMax,
        };
    }

    private static StatementAnalysis Refused(StatementKind kind, string why) => new() { Kind = kind, ReadOnlyObjection = why, Columns = [] };

    private static OutputColumn Output(RangeColumn column) => new()
    {
        Name = column.Name,
        IsFromStar = column.IsFromStar,
        Sources = Sorted(column.Lineage.Sources),
        IsDerived = !column.Lineage.IsDirect,
        IsUnknown = column.Lineage.IsUnknown,
    };

    private static ImmutableArray<SourceColumn> Sorted(IEnumerable<SourceColumn> columns) =>
    [
        .. columns.OrderBy(static column => column.Schema, StringComparer.Ordinal)
            .ThenBy(static column => column.Relation, StringComparer.Ordinal)
            .ThenBy(static column => column.Column, StringComparer.Ordinal),
    ];

    private string Name(CalledFunction call)
    {
        if (call.Schema is not null)
            return ReadOnlyProof.Full(call);
        var schemas = FunctionTraits.Candidates(catalogue, call).Select(static function => function.Schema).Distinct().ToList();
        return schemas is [{ Length: > 0 } schema] ? $"{schema}.{call.Name}" : call.Name;
    }

    // A plan shows estimates about every column that the statement uses, and its constants. How many columns it has, only PostgreSQL says.
    private StatementAnalysis Explained(ExplainStatement explain)
    {
        var inner = Analyze(explain.Inner);
        var isPostgres = catalogue.Dialect == SqlDialect.PostgreSql;
        var touched = inner.Columns.IsDefault ? inner.EveryColumn?.Sources ?? [] : inner.Columns.SelectMany(static column => column.Sources);
        var plan = new OutputColumn
        {
            Name = isPostgres ? "QUERY PLAN" : null,
            Sources = Sorted(touched.Concat(inner.PredicateColumns).Distinct()),
            IsDerived = true,
            IsUnknown = inner.Columns.IsDefault ? inner.EveryColumn?.IsUnknown ?? true : inner.Columns.Any(static column => column.IsUnknown),
        };
        return inner with
        {
            Kind = StatementKind.Explain,
            Changes = [],
            ReadOnlyObjection = explain.IsAnalyze ? "it runs the statement that it explains (EXPLAIN ANALYZE)" : inner.ReadOnlyObjection,
            Columns = isPostgres ? [plan] : default,
            EveryColumn = isPostgres ? null : plan,
        };
    }

    private StatementAnalysis Named(OtherStatement other)
    {
        var why = $"it is not a read ({other.Verb})";
        var inner = other.Inner is null ? Refused(other.Kind, why) : Analyze(other.Inner);
        var relations = new Resolver(catalogue).Relations;
        var written = other.Relations.Select(name => relations.Find(name) is { } found
            ? new RelationUse(found.Schema, found.Name, IsWritten: true)
            : new RelationUse(name.Schema ?? "", name.Name, IsWritten: true));

        // What goes into a new table or view can be read from there, so all of it counts as used.
        var used = inner.Columns.IsDefault ? [] : inner.Columns.SelectMany(static column => column.Sources);
        return inner with
        {
            Kind = other.Kind,
            ReadOnlyObjection = why,
            Changes = [other.Kind],
            WriteObjection = other.Inner is null ? null : inner.ReadOnlyObjection,
            StoredColumns = Sorted(used),
            StoresUnknown = other.Inner is not null && (inner.Columns.IsDefault || inner.Columns.Any(static column => column.IsUnknown)),
            Relations = [.. written, .. inner.Relations],
            PredicateColumns = Sorted(inner.PredicateColumns.Concat(used).Distinct()),
            Columns = other.Inner is null && other.Kind == StatementKind.Other ? default : [],
        };
    }
}
