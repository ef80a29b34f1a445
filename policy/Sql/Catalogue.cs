using System.Collections.Immutable;

namespace JitProxy.Policy.Sql;

/// <summary>The names of one database as its server had them at one time. Immutable; a newer one replaces it whole.</summary>
public sealed class Catalogue
{
    private readonly Dictionary<(string Schema, string Name), CatalogueRelation> _byName;
    private readonly Dictionary<uint, CatalogueRelation> _byOid = [];
    private readonly Dictionary<string, ImmutableArray<CatalogueFunction>> _functions;
    private readonly Dictionary<string, ImmutableArray<CatalogueOperator>> _operators;
    private string? _fingerprint;
    private FormerNames _formerNames = FormerNames.None;

    /// <summary>A catalogue over these relations, functions and operators.</summary>
    public Catalogue(
        SqlDialect dialect,
        ImmutableArray<string> searchPath,
        IEnumerable<CatalogueRelation> relations,
        IEnumerable<CatalogueFunction> functions,
        IEnumerable<CatalogueOperator>? operators = null,
        CatalogueServer? server = null)
    {
        Dialect = dialect;
        SearchPath = searchPath;
        Server = server ?? new("", false);
        _byName = new(new RelationNames(dialect, Server.FoldsTableNames));
        foreach (var relation in relations)
        {
            _byName[(relation.Schema, relation.Name)] = relation;
            if (relation.Oid != 0)
                _byOid[relation.Oid] = relation;
        }

        _functions = functions.GroupBy(static f => f.Name, StringComparer.Ordinal)
            .ToDictionary(static g => g.Key, static g => g.ToImmutableArray(), StringComparer.Ordinal);
        _operators = (operators ?? []).GroupBy(static o => o.Name, StringComparer.Ordinal)
            .ToDictionary(static g => g.Key, static g => g.ToImmutableArray(), StringComparer.Ordinal);
    }

    /// <summary>The language of the server.</summary>
    public SqlDialect Dialect { get; }

    /// <summary>What the server says about itself.</summary>
    public CatalogueServer Server { get; }

    /// <summary>
    /// The schemas searched for an unqualified name, in order, without the implicit <c>pg_catalog</c> (which comes first) and
    /// <c>pg_temp</c>.
    /// </summary>
    public ImmutableArray<string> SearchPath { get; }

    /// <summary>The search path as one text: what an unqualified name means depends on it, so it is part of a grant's key.</summary>
    /// <remarks>
    /// MySQL: always <c>def</c>, as its own catalogue calls the one that it has. There a database is what a schema is elsewhere, and a grant's key
    /// names the database anyway.
    /// </remarks>
    public string EffectiveSchema =>
        Dialect != SqlDialect.PostgreSql ? "def" : SearchPath.IsDefaultOrEmpty ? "public" : string.Join(", ", SearchPath);

    /// <summary>SHA-256 over all that the catalogue says, in hexadecimal; two catalogues that say the same have the same.</summary>
    public string Fingerprint => _fingerprint ??= CatalogueFingerprint.Of(this);

    /// <summary>All functions.</summary>
    public IEnumerable<CatalogueFunction> Functions => _functions.Values.SelectMany(static f => f);

    /// <summary>All operators that did not come with the server.</summary>
    public IEnumerable<CatalogueOperator> Operators => _operators.Values.SelectMany(static o => o);

    /// <summary>All relations.</summary>
    public IReadOnlyCollection<CatalogueRelation> Relations => _byName.Values;

    /// <summary>The relation of this exact schema and name, or null.</summary>
    public CatalogueRelation? FindRelation(string schema, string name) => _byName.GetValueOrDefault((schema, name));

    /// <summary>The relation that the server gave this object id, or null.</summary>
    public CatalogueRelation? FindRelation(uint oid) => _byOid.GetValueOrDefault(oid);

    /// <summary>Every overload of the function of this name, in all schemas.</summary>
    public ImmutableArray<CatalogueFunction> FindFunctions(string name) => _functions.GetValueOrDefault(name, []);

    /// <summary>The operators of this symbol that did not come with the server, in all schemas.</summary>
    public ImmutableArray<CatalogueOperator> FindOperators(string name) => _operators.GetValueOrDefault(name, []);

    /// <summary>The names that a column had in the catalogues before this one, oldest first; empty if it was never renamed.</summary>
    public ImmutableArray<SourceColumn> FindFormerNames(in SourceColumn column) => _formerNames.Find(column);

    /// <summary>Takes over what the catalogue before this one knew of former names; before anybody else has this one.</summary>
    /// <returns>This catalogue.</returns>
    public Catalogue After(Catalogue older)
    {
        _formerNames = FormerNames.Between(older, older._formerNames, this);
        return this;
    }

    /// <summary>True if the other says exactly the same.</summary>
    public bool IsSameAs(Catalogue other) => string.Equals(Fingerprint, other.Fingerprint, StringComparison.Ordinal);
}
