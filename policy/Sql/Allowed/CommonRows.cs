namespace JitProxy.Policy.Sql.Allowed;

/// <summary>What a common table amounts to.</summary>
/// <param name="Rows">The rows that it makes out of nothing, per row of the catalogue.</param>
/// <param name="ReadsCatalogue">True if it reads a relation of the catalogue.</param>
internal readonly record struct CommonRows(double Rows, bool ReadsCatalogue);
