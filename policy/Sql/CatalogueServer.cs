namespace JitProxy.Policy.Sql;

/// <summary>What a server says about itself, as far as names depend on it.</summary>
/// <param name="Version">Its version as it prints it; empty if it was not asked.</param>
/// <param name="FoldsTableNames">
/// True if letter case in names of databases, tables and their aliases means nothing (MySQL <c>lower_case_table_names</c> other than 0). Names of
/// columns never depend on case there; in PostgreSQL all names do.
/// </param>
public sealed record CatalogueServer(string Version, bool FoldsTableNames);
