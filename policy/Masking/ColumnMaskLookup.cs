using System.Collections.Concurrent;
using System.Collections.Immutable;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>What the policy says about the columns of one database as one catalogue has them. Safe for threads; remembers its answers.</summary>
/// <remarks>
/// A column is masked by its own rule, by those of the tables that its table inherits from or is a partition of, and by those
/// of the tables below it, because a read of a table returns their rows as well.
/// </remarks>
public sealed class ColumnMaskLookup
{
    private readonly MaskingPolicy _policy;
    private readonly Catalogue _catalogue;
    private readonly MaskingPolicy.Place _place;
    private readonly TableFamilies _families;
    private readonly NamedColumns _named;
    private readonly ConcurrentDictionary<SourceColumn, ImmutableArray<Carrier>> _carriers = new();
    private readonly ConcurrentDictionary<(string Schema, string Relation), bool> _relations = new();
    private readonly Lazy<bool> _masksAnything;

    internal ColumnMaskLookup(MaskingPolicy policy, Catalogue catalogue, MaskingPolicy.Place place)
    {
        _policy = policy;
        _catalogue = catalogue;
        _place = place;
        _families = new(catalogue);
        _named = new(policy, catalogue);
        _masksAnything = new(FindWhetherMasksAnything);
    }

    /// <summary>True if any column of the database is masked.</summary>
    public bool MasksAnything => _masksAnything.Value;

    private bool IsPostgres => _catalogue.Dialect == SqlDialect.PostgreSql;

    /// <summary>The algorithm that hides this column from everybody who is not exempt; null if none does.</summary>
    public MaskAlgorithm? Find(in SourceColumn column)
    {
        MaskAlgorithm? strictest = null;
        foreach (var carrier in CarriersOf(column))
            strictest = MaskAlgorithm.Stricter(strictest, carrier.Algorithm);
        return strictest;
    }

    /// <summary>The names of the semantic types that the column has; empty if it is not masked.</summary>
    public IEnumerable<string> FindSemanticTypes(in SourceColumn column) => CarriersOf(column).Select(static c => c.SemanticType).Distinct();

    /// <summary>True if any column of this relation is masked. A relation that the catalogue does not have may hold anything.</summary>
    public bool MasksAnyOf(string schema, string relation)
    {
        if (_policy.IsEmpty)
            return false;
        if (_relations.TryGetValue((schema, relation), out var known))
            return known;

        // Not remembered if unknown: the names of unknown relations come from whoever sends statements, without end.
        return _catalogue.FindRelation(schema, relation) is { } found
            ? _relations.GetOrAdd((schema, relation), found.Columns.Any(c => !CarriersOf(new(schema, relation, c.Name)).IsEmpty))
            : !IsSystemSchema(schema) || IsNamed(schema, relation);
    }

    /// <summary>The algorithm that hides this column from this user at this time; null if none does, or if the user is exempt.</summary>
    /// <param name="column">The column.</param>
    /// <param name="exemptions">Those that concern the user now.</param>
    /// <param name="validUntil">Brought forward to the end of an exemption that was used.</param>
    internal MaskAlgorithm? Find(in SourceColumn column, ReadOnlySpan<MaskExemption> exemptions, ref DateTimeOffset? validUntil)
    {
        if (exemptions.IsEmpty)
            return Find(column);

        MaskAlgorithm? strictest = null;
        foreach (var carrier in CarriersOf(column))
        {
            if (!IsExempt(carrier.Column, exemptions, ref validUntil))
                strictest = MaskAlgorithm.Stricter(strictest, carrier.Algorithm);
        }

        return strictest;
    }

    /// <summary>What in the policy denies this user statements that choose rows by this column now; null if nothing does.</summary>
    /// <param name="column">The column.</param>
    /// <param name="exemptions">Those that concern the user now.</param>
    /// <param name="validUntil">Brought forward to the end of an exemption that was used.</param>
    internal string? FindPredicateRule(in SourceColumn column, ReadOnlySpan<MaskExemption> exemptions, ref DateTimeOffset? validUntil)
    {
        foreach (var carrier in CarriersOf(column))
        {
            if (carrier.Denies && (exemptions.IsEmpty || !IsExempt(carrier.Column, exemptions, ref validUntil)))
                return carrier.Rule == 0 ? $"masking.columns ({carrier.SemanticType})" : $"masking rule {carrier.Rule} ({carrier.SemanticType})";
        }

        return null;
    }

    private bool IsSystemSchema(string schema) => IsPostgres
        ? schema is "pg_catalog" or "information_schema" or "pg_toast"
        : schema.ToLowerInvariant() is "information_schema" or "performance_schema" or "mysql" or "sys";

    // An exemption for a table covers what is below it, as a mask does.
    private bool IsExempt(in SourceColumn column, ReadOnlySpan<MaskExemption> exemptions, ref DateTimeOffset? validUntil)
    {
        foreach (var exemption in exemptions)
        {
            var covers = exemption.Covers(AttributesOf(column));
            foreach (var ancestor in _families.Above(column))
                covers |= exemption.Covers(AttributesOf(ancestor));
            if (!covers)
                continue;
            if (validUntil is null || exemption.Until < validUntil)
                validUntil = exemption.Until;
            return true;
        }

        return false;
    }

    private ImmutableArray<Carrier> CarriersOf(in SourceColumn column)
    {
        if (_policy.IsEmpty)
            return [];
        if (_carriers.TryGetValue(column, out var carriers))
            return carriers;

        carriers = FindCarriers(column);
        if (_families.Has(column))
            _carriers[column] = carriers;
        return carriers;
    }

    private ImmutableArray<Carrier> FindCarriers(SourceColumn column)
    {
        var carriers = ImmutableArray.CreateBuilder<Carrier>();
        foreach (var relative in _families.Around(column))
        {
            if (FindOwn(relative) is { } carrier)
                carriers.Add(carrier);

            // A mask that names a column stays with it when the column or its table is renamed.
            foreach (var former in _catalogue.FindFormerNames(relative))
            {
                if (FindOwn(former) is { } kept)
                    carriers.Add(kept);
            }
        }

        return carriers.ToImmutable();
    }

    private Carrier? FindOwn(in SourceColumn column)
    {
        var attributes = AttributesOf(column);
        for (var i = 0; i < _policy.Rules.Length; i++)
        {
            var rule = _policy.Rules[i];
            if (!rule.Matches(attributes))
                continue;

            var denies = (rule.InPredicates ?? _policy.InPredicates) == PredicateUse.Deny;
            return new(column, rule.SemanticType, _policy.FindAlgorithm(rule.SemanticType), denies, i + 1);
        }

        var name = new MaskedColumn(attributes.Server, attributes.Database, attributes.Schema, attributes.Table, attributes.Column);
        return _named.Find(name) is { } type
            ? new(column, type, _policy.FindAlgorithm(type), _policy.InPredicates == PredicateUse.Deny, 0)
            : null;
    }

    private MaskAttributes AttributesOf(in SourceColumn column) => new(
        _place.Project,
        _place.Environment,
        _place.Server,
        IsPostgres ? _place.Database : column.Schema,
        EngineName(_place.Engine ?? _catalogue.Dialect),
        IsPostgres ? column.Schema : "",
        column.Relation,
        column.Column);

    private bool IsNamed(string schema, string relation) =>
        _named.HasTable(_place.Server, IsPostgres ? _place.Database : schema, IsPostgres ? schema : "", relation);

    private bool FindWhetherMasksAnything() =>
        _named.HasDatabase(_place.Server, IsPostgres ? _place.Database : null)
        || _catalogue.Relations.Any(r => MasksAnyOf(r.Schema, r.Name));

    private static string EngineName(SqlDialect dialect) => dialect switch
    {
        SqlDialect.PostgreSql => "postgresql",
        SqlDialect.MySql => "mysql",
        SqlDialect.MariaDb => "mariadb",
    };

    // A column whose own rule or entry masks it, and what with. The number of the rule counts from 1; 0 is an entry of the columns.
    private readonly record struct Carrier(SourceColumn Column, string SemanticType, MaskAlgorithm Algorithm, bool Denies, int Rule);
}
