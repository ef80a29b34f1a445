using System.Collections.Immutable;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Resolving;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql;

/// <summary>What a statement is, reads and returns, in the language of its catalogue. Not for the hot path: results are kept per normal form.</summary>
public static class StatementAnalyzer
{
    /// <summary>Analyses one statement. Never throws: what it cannot make out, the answer says, and is not read-only.</summary>
    /// <param name="text">The statement, UTF-8.</param>
    /// <param name="catalogue">The database's names, those of <c>pg_catalog</c> and <c>information_schema</c> and built-in functions included.</param>
    public static StatementAnalysis Analyze(ReadOnlySpan<byte> text, Catalogue catalogue) => Analyze(text, catalogue, null);

    /// <summary>As <see cref="Analyze(ReadOnlySpan{byte}, Catalogue)"/>, with functions admitted that users made.</summary>
    /// <param name="text">The statement, UTF-8.</param>
    /// <param name="catalogue">The database's names.</param>
    /// <param name="admitted">
    /// True for a function, by schema and name, that the configuration admits. Only those declared IMMUTABLE or STABLE count as reads even so;
    /// what a STABLE one returns is of unknown origin.
    /// </param>
    public static StatementAnalysis Analyze(ReadOnlySpan<byte> text, Catalogue catalogue, Func<string, string, bool>? admitted)
    {
        string? fault;
        Statement statement;
        var isParsed = catalogue.Dialect switch
        {
            SqlDialect.PostgreSql => PostgresParser.TryParse(text, out statement, out fault),
            SqlDialect.MySql or SqlDialect.MariaDb => NotYet(out statement, out fault),
        };
        if (!isParsed)
        {
            var why = $"it could not be parsed: {fault}";
            return new() { Kind = StatementKind.Other, ReadOnlyObjection = why, Unresolved = why };
        }

        return Analyze(statement, catalogue, admitted);
    }

    private static StatementAnalysis Analyze(Statement statement, Catalogue catalogue, Func<string, string, bool>? admitted)
    {
        switch (statement)
        {
            case QueryStatement:
                return Resolved(statement, StatementKind.Select, catalogue, admitted);
            case ChangeStatement change:
                return Resolved(statement, change.Kind, catalogue, admitted);
            case ExplainStatement explain:
                return Explained(explain, Analyze(explain.Inner, catalogue, admitted));
            case CopyStatement copy:
                return Copied(copy, catalogue, admitted);
            case ShowStatement show:
                return Shown(show);
            case SetStatement or ResetStatement:
                return Refused(StatementKind.Set, "it changes a setting");
            case TransactionStatement transaction:
                return Refused(StatementKind.Transaction, $"it controls the transaction ({transaction.Verb})");
            case EmptyStatement:
                return new() { Kind = StatementKind.Empty, Columns = [] };
            case OtherStatement other:
                return Named(other, catalogue, admitted);
            case HandleStatement handle:
                var inner = Analyze(handle.Inner, catalogue, admitted);
                var why = $"it keeps a statement under a name ({handle.Verb})";
                return inner with { Kind = StatementKind.Other, ReadOnlyObjection = why, Columns = default };
            default:
                return Refused(StatementKind.Other, "it acts on the session");
        }
    }

    private static bool NotYet(out Statement statement, out string? fault)
    {
        (statement, fault) = (new EmptyStatement(), "the language of this server is not known");
        return false;
    }

    private static StatementAnalysis Refused(StatementKind kind, string why) => new() { Kind = kind, ReadOnlyObjection = why, Columns = [] };

    private static OutputColumn Free(string? name) => new() { Name = name };

    private static StatementAnalysis Shown(ShowStatement show) => new()
    {
        Kind = StatementKind.Show,
        Columns = show.Name == "all" ? [Free("name"), Free("setting"), Free("description")] : [Free(null)], // the server's spelling: TimeZone
    };

    private static StatementAnalysis Resolved(Statement statement, StatementKind kind, Catalogue catalogue, Func<string, string, bool>? admitted)
    {
        var resolver = new Resolver(catalogue);
        var shape = resolver.Resolve(statement, null, null);
        var findings = resolver.Findings;
        if (shape.Hidden is not null)
            findings.Unresolve("the number of columns depends on what only the server knows");
        return new()
        {
            Kind = kind,
            ReadOnlyObjection = ReadOnlyProof.Objection(findings, shape, catalogue, admitted),
            Unresolved = findings.Unresolved,
            Relations = [.. findings.Relations],
            Functions = [.. findings.Functions.Select(call => Name(call, catalogue)).Order(StringComparer.Ordinal).Distinct()],
            RunsForeignCode = ReadOnlyProof.RunsForeignCode(findings, catalogue),
            Columns = shape.Hidden is null ? [.. shape.Columns.Select(Output)] : default,
            PredicateColumns = Sorted(findings.Predicates),
            ParameterCount = findings.ParameterMax,
        };
    }

    private static OutputColumn Output(RangeColumn column) => new()
    {
        Name = column.Name,
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

    private static string Name(CalledFunction call, Catalogue catalogue)
    {
        if (call.Schema is not null)
            return ReadOnlyProof.Full(call);
        var schemas = FunctionTraits.Candidates(catalogue, call).Select(static function => function.Schema).Distinct().ToList();
        return schemas.Count == 1 ? $"{schemas[0]}.{call.Name}" : call.Name;
    }

    // A plan shows estimates about every column that the statement uses, and its constants.
    private static StatementAnalysis Explained(ExplainStatement explain, StatementAnalysis inner)
    {
        var touched = inner.Columns.IsDefault ? [] : inner.Columns.SelectMany(static column => column.Sources);
        var plan = new OutputColumn
        {
            Name = "QUERY PLAN",
            Sources = Sorted(touched.Concat(inner.PredicateColumns).Distinct()),
            IsDerived = true,
            IsUnknown = inner.Columns.IsDefault || inner.Columns.Any(static column => column.IsUnknown),
        };
        return inner with
        {
            Kind = StatementKind.Explain,
            ReadOnlyObjection = explain.IsAnalyze ? "it runs the statement that it explains (EXPLAIN ANALYZE)" : inner.ReadOnlyObjection,
            Columns = [plan],
        };
    }

    private static StatementAnalysis Copied(CopyStatement copy, Catalogue catalogue, Func<string, string, bool>? admitted)
    {
        const string Why = "COPY needs a grant that allows export";
        if (copy.Inner is not null)
        {
            var inner = Analyze(copy.Inner, catalogue, admitted);
            var why = copy.IsStandard ? inner.ReadOnlyObjection ?? Why : "it writes a file or starts a program on the server (COPY)";
            return inner with { Kind = StatementKind.Copy, ReadOnlyObjection = why };
        }

        var targets = copy.Columns.IsDefault
            ? [new Target(new ColumnReference([], true), null)]
            : copy.Columns.Select(static name => new Target(new ColumnReference([name], false), null)).ToImmutableArray();
        var query = new QueryStatement(new(new SelectBody { Targets = targets, From = [new RelationItem(copy.Relation!, null)], Where = copy.Where }));
        var read = Resolved(query, StatementKind.Copy, catalogue, admitted);
        if (copy.IsFrom)
        {
            var written = read.Relations.Select(static use => use with { IsWritten = true });
            return read with { ReadOnlyObjection = "it writes to a table (COPY FROM)", Columns = [], Relations = [.. written] };
        }

        return read with { ReadOnlyObjection = copy.IsStandard ? read.ReadOnlyObjection ?? Why : "it writes a file or starts a program on the server (COPY)" };
    }

    private static StatementAnalysis Named(OtherStatement other, Catalogue catalogue, Func<string, string, bool>? admitted)
    {
        var why = $"it is not a read ({other.Verb})";
        var inner = other.Inner is null ? Refused(other.Kind, why) : Analyze(other.Inner, catalogue, admitted);
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
            Relations = [.. written, .. inner.Relations],
            PredicateColumns = Sorted(inner.PredicateColumns.Concat(used).Distinct()),
            Columns = other.Inner is null && other.Kind == StatementKind.Other ? default : [],
        };
    }
}
