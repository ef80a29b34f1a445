using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>Resolves the policy against a statement's result: which mask each column gets.</summary>
/// <remarks>
/// Two witnesses say where a column comes from: the analysis of the approved text, and the origin that the server sends. The
/// stricter wins; where they contradict each other, the catalogue is not the server's any more and no plan is made.
/// </remarks>
public static class MaskPlanner
{
    // PostgreSQL cuts names to 63 bytes (NAMEDATALEN - 1), at a character's boundary.
    private const int NameSizeMax = 63;

    // Object ids below it belong to the server's own relations, which the catalogue need not have.
    private const uint FirstNormalOid = 16384;

    /// <summary>The masks for a result of this shape.</summary>
    /// <param name="analysis">The analysis of the statement, made with <paramref name="catalogue"/>.</param>
    /// <param name="shape">The result's columns as the server described them for this execution.</param>
    /// <param name="catalogue">The database's names.</param>
    /// <param name="policy">What is masked.</param>
    /// <param name="subject">Who reads.</param>
    public static MaskPlan Plan(
        StatementAnalysis analysis, ReadOnlySpan<ResultColumn> shape, Catalogue catalogue, MaskingPolicy policy, in MaskSubject subject)
    {
        var scope = new MaskScope(analysis, catalogue, policy, subject);
        if (!analysis.Columns.IsDefault && analysis.Columns.Length != shape.Length)
            return MaskPlan.Changed(shape.Length, $"the result has {shape.Length} columns instead of {analysis.Columns.Length}");

        var masks = ImmutableArray.CreateBuilder<ColumnMask?>(shape.Length);
        var masked = ImmutableArray.CreateBuilder<string>();
        for (var i = 0; i < shape.Length; i++)
        {
            var known = analysis.Columns.IsDefault ? analysis.EveryColumn : analysis.Columns[i];
            if (!IsSameName(known, shape[i].Name, catalogue.Dialect))
                return MaskPlan.Changed(shape.Length, $"column {i + 1} is called {shape[i].Name} instead of {known!.Name}");
            var isFound = catalogue.Dialect == SqlDialect.PostgreSql
                ? TryFindByOrigin(shape[i], known, catalogue, ref scope, out var byOrigin, out var contradiction)
                : MySqlOrigins.TryFind(shape[i], known, analysis, catalogue, ref scope, out byOrigin, out contradiction);
            if (!isFound)
                return MaskPlan.Changed(shape.Length, $"column {i + 1} {contradiction}");

            var byAnalysis = known is not null ? scope.FindFor(known) : scope.MayShowMasked ? MaskAlgorithm.Full : null;
            var mask = MaskAlgorithm.Stricter(byAnalysis, byOrigin) is { } algorithm
                ? ColumnMask.Create(algorithm, ShapeOf(shape[i], known, catalogue), shape[i].Format, policy.Secrets)
                : null;
            masks.Add(mask);
            if (mask is not null)
                masked.Add(shape[i].Name);
        }

        return new()
        {
            Columns = masks.MoveToImmutable(),
            MaskedColumns = masked.ToImmutable(),
            TouchesMasked = scope.TouchesMasked || masked.Count > 0,
            RedactsMessages = scope.RedactsMessages || masked.Count > 0,
            ValidUntil = scope.ValidUntil,
        };
    }

    /// <summary>Whether the statement may choose and order rows as it does, by what the policy denies there.</summary>
    public static PredicateVerdict JudgePredicates(StatementAnalysis analysis, Catalogue catalogue, MaskingPolicy policy, in MaskSubject subject)
    {
        if (!policy.DeniesPredicates)
            return default;
        var scope = new MaskScope(analysis, catalogue, policy, subject);
        var denial = scope.FindPredicateDenial();
        return new(denial, scope.ValidUntil);
    }

    /// <summary>Why the statement may not put values where it does; null if no masked value can be read in clear from there.</summary>
    /// <remarks>Exemptions and unmask do not count: whoever reads it later has neither.</remarks>
    public static string? FindStoredMask(StatementAnalysis analysis, Catalogue catalogue, MaskingPolicy policy, in MaskSubject subject)
    {
        var lookup = policy.LookupFor(catalogue, subject);
        if (!lookup.MasksAnything)
            return null;

        foreach (var column in analysis.StoredColumns)
        {
            if (lookup.Find(column) is not null)
                return $"it puts masked column {column.Schema}.{column.Relation}.{column.Column} where it could be read in clear";
        }

        if (analysis.StoresUnknown || analysis.RunsForeignCode)
            return "what it stores is of unknown origin, and this database has masked columns";
        if (analysis.Kind != StatementKind.Ddl)
            return null;

        foreach (var relation in analysis.Relations)
        {
            if (relation.IsWritten && catalogue.FindRelation(relation.Schema, relation.Name) is not null && lookup.MasksAnyOf(relation.Schema, relation.Name))
                return $"it defines something of or by {relation.Schema}.{relation.Name}, which has masked columns";
        }

        return null;
    }

    /// <summary>What a plan would say, for people, before the statement has run.</summary>
    /// <remarks>A column's type is not known yet: whatever is not a text comes as NULL instead, typed algorithms aside.</remarks>
    public static MaskPreview Preview(StatementAnalysis analysis, Catalogue catalogue, MaskingPolicy policy, in MaskSubject subject)
    {
        // The approver must see what is masked also, and above all, where the grant would show it.
        var masked = new MaskScope(analysis, catalogue, policy, subject with { Unmask = false });
        var columns = ImmutableArray.CreateBuilder<MaskPreviewColumn>();
        var warnings = ImmutableArray.CreateBuilder<string>();
        if (analysis is { Columns.IsDefault: true, EveryColumn: null } && masked.MayShowMasked)
            warnings.Add(subject.Unmask
                ? "the columns of the result are not known: unmask may show any masked column"
                : "the columns of the result are not known: all come masked in full");

        foreach (var column in ColumnsOf(analysis))
        {
            var algorithm = masked.FindFor(column);
            if (algorithm is not null && subject.Unmask)
                warnings.Add($"unmask shows column {column.Name ?? "?column?"} in clear ({algorithm.Name} otherwise)");
            else if (algorithm is not null && column.IsUnknown)
                warnings.Add($"what column {column.Name ?? "?column?"} reads is not known: it comes masked in full");
            columns.Add(new(column.Name, column.Sources, subject.Unmask ? null : algorithm, column.IsDerived, column.IsUnknown));
        }

        foreach (var predicate in analysis.PredicateColumns.Distinct())
        {
            if (masked.FindFor(predicate) is null)
                continue;
            var name = $"{predicate.Schema}.{predicate.Relation}.{predicate.Column}";
            warnings.Add(masked.FindPredicateRule(predicate) is { } rule
                ? $"filters, joins, groups or orders by masked column {name}: {rule} denies that to whoever does not see it in clear"
                : $"filters, joins, groups or orders by masked column {name}: the rows that come tell about its values");
        }

        return new(columns.ToImmutable(), analysis is { Columns.IsDefault: true, EveryColumn: null }, warnings.ToImmutable(), masked.TouchesMasked);
    }

    // One stands for all where their number is not known.
    private static ImmutableArray<OutputColumn> ColumnsOf(StatementAnalysis analysis) =>
        !analysis.Columns.IsDefault ? analysis.Columns : analysis.EveryColumn is { } every ? [every with { Name = "*" }] : [];

    private static bool IsSameName(OutputColumn? known, string actual, SqlDialect dialect)
    {
        if (known?.Name is not { } expected || string.Equals(expected, actual, StringComparison.Ordinal))
            return true;

        // MariaDB mixes up the labels of columns that are the same column of a view; only those of a star say anything about the catalogue.
        if (dialect != SqlDialect.PostgreSql)
            return !known.IsFromStar;
        return Encoding.UTF8.GetByteCount(expected) > NameSizeMax
            && Encoding.UTF8.GetByteCount(actual) is <= NameSizeMax and > NameSizeMax - 4
            && expected.StartsWith(actual, StringComparison.Ordinal);
    }

    // False if the server's origin contradicts the analysis.
    private static bool TryFindByOrigin(
        in ResultColumn column, OutputColumn? known, Catalogue catalogue, ref MaskScope scope, out MaskAlgorithm? algorithm, out string? contradiction)
    {
        algorithm = null;
        contradiction = null;
        if (column.RelationOid == 0)
            return true;
        if (catalogue.FindRelation(column.RelationOid) is not { } relation)
        {
            contradiction = $"comes from relation {column.RelationOid}, which the catalogue does not have";
            return column.RelationOid < FirstNormalOid;
        }

        // System columns (ctid, xmin, tableoid) have negative numbers; a whole row has 0.
        if (column.Attribute < 0)
            return true;
        if (column.Attribute == 0)
        {
            algorithm = scope.FindForAny(relation);
            return true;
        }

        if (!TryFindColumn(relation, column.Attribute, out var name))
        {
            contradiction = $"comes from column {column.Attribute} of {relation.Schema}.{relation.Name}, which the catalogue does not have";
            return false;
        }

        var origin = new SourceColumn(relation.Schema, relation.Name, name);
        algorithm = scope.FindFor(origin);

        // The server names a view where the analysis names what is behind it; a table it must name as well.
        contradiction = $"comes from {origin.Schema}.{origin.Relation}.{origin.Column}, which the statement does not select there";
        return relation.Kind != RelationKind.Table || known is null || known.IsUnknown || known.Sources.Contains(origin);
    }

    private static bool TryFindColumn(CatalogueRelation relation, short number, out string name)
    {
        foreach (var column in relation.Columns)
        {
            name = column.Name;
            if (column.Number == number)
                return true;
        }

        name = "";
        return false;
    }

    private static ValueShape ShapeOf(in ResultColumn column, OutputColumn? known, Catalogue catalogue) => catalogue.Dialect == SqlDialect.PostgreSql
        ? ValueShapes.OfPostgres(column.TypeOid, IsCitext(column.TypeOid, known, catalogue))
        : MySqlShapes.Of(column, known, catalogue);

    private static bool IsCitext(uint type, OutputColumn? known, Catalogue catalogue)
    {
        if (type < FirstNormalOid || known is null)
            return false;
        foreach (var source in known.Sources)
        {
            foreach (var column in catalogue.FindRelation(source.Schema, source.Relation)?.Columns ?? [])
            {
                if (column.TypeOid == type && (column.TypeName == "citext" || column.TypeName.EndsWith(".citext", StringComparison.Ordinal)))
                    return true;
            }
        }

        return false;
    }
}
