namespace JitProxy.Policy.Sql;

/// <summary>A column of a relation in the catalogue.</summary>
/// <param name="Schema">Schema of the relation.</param>
/// <param name="Relation">The relation.</param>
/// <param name="Column">The column's name, as the catalogue has it.</param>
public readonly record struct SourceColumn(string Schema, string Relation, string Column);
