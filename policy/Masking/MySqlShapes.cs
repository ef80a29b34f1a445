using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>What the bytes of a column of MySQL or MariaDB mean.</summary>
internal static class MySqlShapes
{
    /// <summary>The shape of a column: MariaDB sends some types as strings, and only the catalogue says that they have a form of their own.</summary>
    public static ValueShape Of(in ResultColumn column, OutputColumn? known, Catalogue catalogue)
    {
        var shape = ValueShapes.OfMySql(column.TypeOid, column.Flags);
        if (shape != ValueShape.Text || known is not { IsDerived: false })
            return shape;
        foreach (var source in known.Sources)
        {
            foreach (var candidate in catalogue.FindRelation(source.Schema, source.Relation)?.Columns ?? [])
            {
                if (candidate.Name == source.Column && candidate.TypeName is ("uuid" or "inet4" or "inet6"))
                    return ValueShape.Other;
            }
        }

        return shape;
    }
}
