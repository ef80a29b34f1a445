namespace JitProxy.Policy.Sql;

/// <summary>One relation that a statement touches.</summary>
/// <param name="Schema">Its schema as the catalogue has it; the name as written if it was not found.</param>
/// <param name="Name">Its name as the catalogue has it.</param>
/// <param name="IsWritten">True if the statement changes or locks it.</param>
/// <param name="IsBehindView">True if it is reached only through a view.</param>
public readonly record struct RelationUse(string Schema, string Name, bool IsWritten = false, bool IsBehindView = false);
