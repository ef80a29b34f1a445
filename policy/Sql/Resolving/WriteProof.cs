namespace JitProxy.Policy.Sql.Resolving;

/// <summary>Whether a statement that changes rows changes those of tables and nothing else; what else it does is for <see cref="ReadOnlyProof"/>.</summary>
internal static class WriteProof
{
    /// <summary>Why it is not a proven change of tables, as a sentence; null if it is one, or changes nothing.</summary>
    public static string? Objection(Findings findings, Catalogue catalogue)
    {
        var names = ServerNames.Of(catalogue);
        foreach (var relation in findings.Relations)
        {
            if (relation.IsWritten && names.IsSystemSchema(relation.Schema))
                return $"it changes {relation.Schema}.{relation.Name}, which is the server's own";
        }

        return null;
    }
}
