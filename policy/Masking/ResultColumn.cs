using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>A column of a result as the server described it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="RelationOid">Object id of the relation that it comes from unchanged; 0 if the server names none.</param>
/// <param name="Attribute">Number of the column there; 0 for none or a whole row, negative for a system column.</param>
/// <param name="TypeOid">Object id of the type (PostgreSQL), or type code plus 65536 times the character set's number (MySQL).</param>
/// <param name="Format">0 for text, 1 for binary.</param>
public readonly record struct ResultColumn(string Name, uint RelationOid, short Attribute, uint TypeOid, short Format)
{
    /// <summary>
    /// MySQL: the schema, <c>org_table</c> and <c>org_name</c> of the column definition; null if all three are empty. A derived table can forge them.
    /// </summary>
    public SourceColumn? Origin { get; init; }

    /// <summary>MySQL: the flags of the column definition (32 UNSIGNED, 256 ENUM, 2048 SET, ...).</summary>
    public ushort Flags { get; init; }

    /// <summary>A column of MySQL.</summary>
    /// <param name="name">Its name in the result.</param>
    /// <param name="origin">Where it comes from, as the server says; empty names for an expression.</param>
    /// <param name="type">The type code (<c>enum_field_types</c>); 245 as well where extended metadata say <c>format=json</c>.</param>
    /// <param name="characterSet">The number of the character set (collation), 63 for <c>binary</c>.</param>
    /// <param name="flags">The flags.</param>
    /// <param name="isBinary">True in the binary protocol (COM_STMT_EXECUTE).</param>
    public static ResultColumn OfMySql(string name, SourceColumn origin, byte type, ushort characterSet, ushort flags, bool isBinary) =>
        new(name, 0, 0, type | ((uint)characterSet << 16), (short)(isBinary ? 1 : 0))
        {
            Origin = origin is { Schema: "", Relation: "", Column: "" } ? null : origin,
            Flags = flags,
        };
}
