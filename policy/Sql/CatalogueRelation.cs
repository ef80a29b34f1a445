using System.Collections.Immutable;

namespace JitProxy.Policy.Sql;

/// <summary>What a relation is.</summary>
public enum RelationKind : byte
{
    /// <summary>A table, partitioned or not, or a foreign table.</summary>
    Table = 0,

    /// <summary>A view.</summary>
    View,

    /// <summary>A materialised view.</summary>
    MaterializedView,

    /// <summary>A sequence.</summary>
    Sequence,

    /// <summary>A composite type that stands alone.</summary>
    CompositeType,
}

/// <summary>A table, view or other relation.</summary>
public sealed record CatalogueRelation
{
    /// <summary>The server's object id; 0 where the engine has none.</summary>
    public uint Oid { get; init; }

    /// <summary>Schema (MySQL: database).</summary>
    public required string Schema { get; init; }

    /// <summary>Name, case kept.</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public RelationKind Kind { get; init; }

    /// <summary>Its live columns in order.</summary>
    public ImmutableArray<CatalogueColumn> Columns { get; init; } = [];

    /// <summary>The text of its query, for views and materialised views.</summary>
    public string? Definition { get; init; }

    /// <summary>Object ids of the relations that it inherits from or is a partition of.</summary>
    public ImmutableArray<uint> Parents { get; init; } = [];
}

/// <summary>A column of a relation.</summary>
/// <param name="Number">The server's attribute number, from 1; gaps where columns were dropped.</param>
/// <param name="Name">Name, case kept.</param>
/// <param name="TypeName">Type as the server formats it, for people.</param>
/// <param name="TypeOid">The type's object id; 0 where the engine has none.</param>
public readonly record struct CatalogueColumn(short Number, string Name, string TypeName, uint TypeOid)
{
    /// <summary>True if <c>*</c> does not show it (MySQL and MariaDB INVISIBLE).</summary>
    public bool IsInvisible { get; init; }
}

/// <summary>How much a function's result may vary (PostgreSQL <c>provolatile</c>).</summary>
public enum Volatility : byte
{
    /// <summary>May do anything; also the default.</summary>
    Volatile = 0,

    /// <summary>Reads, but changes nothing.</summary>
    Stable,

    /// <summary>Depends on its arguments alone.</summary>
    Immutable,
}

/// <summary>A function known to the server.</summary>
/// <param name="Schema">Schema.</param>
/// <param name="Name">Name.</param>
/// <param name="Volatility">How much its result may vary.</param>
/// <param name="IsBuiltIn">True if it came with the server (<c>pg_catalog</c>, <c>information_schema</c>).</param>
/// <param name="ReturnsSet">True if it returns rows.</param>
/// <param name="ReturnTypeOid">Object id of the result type; 0 if unknown.</param>
public readonly record struct CatalogueFunction(string Schema, string Name, Volatility Volatility, bool IsBuiltIn, bool ReturnsSet, uint ReturnTypeOid)
{
    /// <summary>True if it belongs to an extension (a member in <c>pg_depend</c>).</summary>
    public bool IsFromExtension { get; init; }

    /// <summary>True if its code is the server's own, or an immutable part of an extension, which only its arguments decide.</summary>
    public bool IsTrusted => IsBuiltIn || (IsFromExtension && Volatility == Volatility.Immutable);
}

/// <summary>An operator known to the server. Only those that did not come with it need be listed.</summary>
/// <param name="Schema">Schema.</param>
/// <param name="Name">Its symbol.</param>
/// <param name="Volatility">How much the result of the function behind it may vary.</param>
/// <param name="IsFromExtension">True if it belongs to an extension.</param>
public readonly record struct CatalogueOperator(string Schema, string Name, Volatility Volatility, bool IsFromExtension)
{
    /// <summary>
    /// True if the code behind it can be relied on to look at its operands alone. Operators of extensions may be stable, because they look
    /// at thresholds that the session sets (pg_trgm's <c>%</c>).
    /// </summary>
    public bool IsTrusted => IsFromExtension && Volatility != Volatility.Volatile;
}
