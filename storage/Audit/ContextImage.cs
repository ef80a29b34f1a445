using System.Security.Cryptography;
using System.Text;

namespace JitProxy.Storage.Audit;

/// <summary>A definition, encoded but without its place: who, where, which grant, which statement.</summary>
internal sealed class ContextImage
{
    private ContextImage(byte[] entry, int size)
    {
        Entry = entry.AsMemory(0, size);
        Checksum = Audit.Entry.BodyChecksum(Entry.Span);
    }

    public ReadOnlyMemory<byte> Entry { get; }

    public int Size => Entry.Length;

    public uint Checksum { get; }

    /// <param name="names">Who and where.</param>
    /// <param name="grant">The grant, or null.</param>
    /// <param name="statement">The statement's bytes; empty for none.</param>
    /// <param name="digest">Its digest; empty to have SHA-256 of the statement taken.</param>
    /// <param name="extra">What else is to be said of the statement.</param>
    public static ContextImage Create(
        in ContextNames names, long? grant, ReadOnlySpan<byte> statement, ReadOnlySpan<byte> digest, ContextFields extra = ContextFields.None)
    {
        if (digest.IsEmpty && !statement.IsEmpty)
            digest = SHA256.HashData(statement);
        var isElsewhere = extra.HasFlag(ContextFields.StatementElsewhere);
        var sizeMax = Audit.Entry.HeaderSize + names.SizeMax + 3 * FieldWriter.NumberSizeMax + digest.Length
            + (isElsewhere ? 0 : statement.Length) + Audit.Entry.Alignment;
        var entry = new byte[sizeMax];
        var fields = extra;
        var writer = new FieldWriter(entry, Audit.Entry.HeaderSize);
        Add(ref writer, names.User, ContextFields.User, ref fields);
        Add(ref writer, names.Actor, ContextFields.Actor, ref fields);
        Add(ref writer, names.Client, ContextFields.Client, ref fields);
        Add(ref writer, names.Server, ContextFields.Server, ref fields);
        Add(ref writer, names.Database, ContextFields.Database, ref fields);
        if (grant is { } number)
        {
            writer.Number(number);
            fields |= ContextFields.Grant;
        }

        if (!statement.IsEmpty && !isElsewhere)
        {
            writer.Bytes(statement);
            fields |= ContextFields.Statement;
        }

        if (!digest.IsEmpty)
        {
            writer.Bytes(digest);
            fields |= ContextFields.Digest;
        }

        var size = Audit.Entry.Frame(entry, writer.Position, AuditEvent.None, AuditOutcome.None, (ushort)fields);
        return new ContextImage(entry, size);
    }

    /// <summary>The definition of a record that stands by itself; a statement too large for it is cut, and it says so.</summary>
    public static ContextImage Of(AuditRecord record, int sizeMax)
    {
        var names = new ContextNames(record.User, record.Actor, record.Client, record.Server, record.Database);
        var statement = record.Statement is null ? [] : Encoding.UTF8.GetBytes(record.Statement);
        var digest = record.Digest is null ? [] : Convert.FromHexString(record.Digest);
        var extra = record.IsStatementRedacted ? ContextFields.StatementRedacted : ContextFields.None;
        var whole = Create(names, record.Grant, statement, digest, extra);
        if (whole.Size <= sizeMax)
            return whole;

        // Not within a character.
        var kept = Math.Clamp(sizeMax - (whole.Size - statement.Length), 0, statement.Length);
        while (kept > 0 && kept < statement.Length && (statement[kept] & 0xc0) == 0x80)
            kept--;
        return Create(
            names, record.Grant, statement.AsSpan(0, kept), digest.Length > 0 ? digest : SHA256.HashData(statement), extra | ContextFields.StatementCut);
    }

    private static void Add(ref FieldWriter writer, string? value, ContextFields field, ref ContextFields fields)
    {
        if (value is null)
            return;
        writer.Text(value);
        fields |= field;
    }
}

/// <summary>Who and where.</summary>
internal readonly record struct ContextNames(string? User, string? Actor, string? Client, string? Server, string? Database)
{
    public int SizeMax => FieldWriter.SizeMax(User) + FieldWriter.SizeMax(Actor) + FieldWriter.SizeMax(Client)
        + FieldWriter.SizeMax(Server) + FieldWriter.SizeMax(Database);
}
