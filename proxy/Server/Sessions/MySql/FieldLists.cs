using System.Text;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Forward;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>
/// COM_FIELD_LIST, with which command line clients complete names: answered from the catalogue. The server would add the columns' defaults, which are
/// data.
/// </summary>
internal sealed class FieldLists(Link link, Reply reply, SessionJudge judge, CatalogueCache catalogues)
{
    private const uint LengthMax = 64 * 1024;

    /// <summary>Answers a command.</summary>
    public Handled Answer(ReadOnlySpan<byte> payload)
    {
        if (!MySqlFieldList.TryParse(payload, out var asked))
            return reply.Refuse("08P01", "malformed COM_FIELD_LIST");

        var (database, table) = (judge.Who.Database, Encoding.UTF8.GetString(asked.Table));
        if (catalogues.Find(judge.Who.QualifiedDatabase)?.FindRelation(database, table) is not { } relation)
            return reply.Error(1146, "42S02", $"Table '{database}.{table}' doesn't exist");

        var (schema, name) = (Encoding.UTF8.GetBytes(relation.Schema), Encoding.UTF8.GetBytes(relation.Name));
        foreach (var column in relation.Columns)
        {
            MySqlColumn.Of(Encoding.UTF8.GetBytes(column.Name), MySqlType.VarString, MySqlCharacterSet.Utf8, LengthMax)
                .From(schema, name)
                .Write(link.ClientOutput, ref link.Sequence, isListed: true);
        }

        return reply.End();
    }
}
