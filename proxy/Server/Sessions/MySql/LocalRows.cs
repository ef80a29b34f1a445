using System.Collections.Immutable;
using System.Text;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Results that the proxy makes up itself: rows of texts, in the protocol of the command that asked.</summary>
internal sealed class LocalRows(Link link, Reply reply)
{
    private const uint LengthMax = 64 * 1024;

    /// <summary>Writes columns and rows.</summary>
    public Handled Write(ImmutableArray<string> columns, IEnumerable<ImmutableArray<string?>> rows, bool isBinary)
    {
        MySqlResultSetHeader.Write(link.ClientOutput, ref link.Sequence, columns.Length);
        WriteDefinitions(columns);
        using var row = new MySqlRowBuilder();
        foreach (var values in rows)
        {
            if (isBinary)
                row.BeginBinary(columns.Length);
            else
                row.BeginText(columns.Length);

            foreach (var value in values)
            {
                if (value is null)
                    row.AddNull();
                else
                    row.Add(MySqlType.VarString, Encoding.UTF8.GetBytes(value));
            }

            row.WriteTo(link.ClientOutput, ref link.Sequence);
        }

        return reply.End();
    }

    /// <summary>Writes the definitions of columns, and their end.</summary>
    public void WriteDefinitions(ImmutableArray<string> columns)
    {
        foreach (var name in columns)
        {
            MySqlColumn.Of(Encoding.UTF8.GetBytes(name), MySqlType.VarString, Authenticate.MySqlCharacterSet.Utf8, LengthMax)
                .Write(link.ClientOutput, ref link.Sequence);
        }

        reply.WriteDefinitionsEnd(link.Status, 0);
    }
}
