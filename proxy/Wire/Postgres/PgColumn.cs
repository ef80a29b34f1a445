namespace JitProxy.Wire.Postgres;

/// <summary>One column of a RowDescription.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgColumn
{
    internal PgColumn(ReadOnlySpan<byte> name, uint relationOid, short attribute, uint typeOid, short typeSize, int modifier, short format)
    {
        Name = name;
        RelationOid = relationOid;
        Attribute = attribute;
        TypeOid = typeOid;
        TypeSize = typeSize;
        Modifier = modifier;
        Format = format;
    }

    /// <summary>The column's name, UTF-8.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The relation (table, view, ...) it comes from; 0 if the server cannot tell.</summary>
    public uint RelationOid { get; }

    /// <summary>The attribute's number in that relation; 0 if the server cannot tell, or for a whole row.</summary>
    public short Attribute { get; }

    /// <summary>The type's identifier.</summary>
    public uint TypeOid { get; }

    /// <summary>The type's size in bytes; negative for variable sizes.</summary>
    public short TypeSize { get; }

    /// <summary>The type's modifier; -1 for none.</summary>
    public int Modifier { get; }

    /// <summary>0 text, 1 binary; 0 when only a statement was described.</summary>
    public short Format { get; }
}

/// <summary>What <see cref="PgRowDescription.Write"/> is given for one column; the fields are those of <see cref="PgColumn"/>.</summary>
/// <param name="Name">The column's name, UTF-8, without NUL.</param>
/// <param name="TypeOid">The type's identifier.</param>
/// <param name="TypeSize">The type's size in bytes; negative for variable sizes.</param>
/// <param name="RelationOid">The relation it comes from, or 0.</param>
/// <param name="Attribute">The attribute's number in that relation, or 0.</param>
/// <param name="Modifier">The type's modifier; -1 for none.</param>
/// <param name="Format">0 text, 1 binary.</param>
public readonly record struct PgColumnSpec(
    ReadOnlyMemory<byte> Name,
    uint TypeOid,
    short TypeSize,
    uint RelationOid = 0,
    short Attribute = 0,
    int Modifier = -1,
    short Format = 0);
