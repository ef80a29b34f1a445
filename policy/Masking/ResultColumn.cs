namespace JitProxy.Policy.Masking;

/// <summary>A column of a result as the server described it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="RelationOid">Object id of the relation that it comes from unchanged; 0 if the server names none.</param>
/// <param name="Attribute">Number of the column there; 0 for none or a whole row, negative for a system column.</param>
/// <param name="TypeOid">Object id of the type (PostgreSQL), or type code plus 65536 times the character set's number (MySQL).</param>
/// <param name="Format">0 for text, 1 for binary.</param>
public readonly record struct ResultColumn(string Name, uint RelationOid, short Attribute, uint TypeOid, short Format);
