using JitProxy.Policy.Masking;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Mask;

/// <summary>Reads a RowDescription into the columns that a mask plan is made for.</summary>
internal static class RowShape
{
    /// <summary>The columns of a RowDescription body, or null if it is malformed.</summary>
    public static ResultColumn[]? Read(ReadOnlySpan<byte> body)
    {
        if (!PgRowDescription.TryParse(body, out var description))
            return null;

        var columns = new ResultColumn[description.ColumnCount];
        var index = 0;
        foreach (var column in description)
        {
            columns[index++] = new(
                System.Text.Encoding.UTF8.GetString(column.Name), column.RelationOid, column.Attribute, column.TypeOid, column.Format);
        }

        return columns;
    }
}
