// Task: remove old records so that the rest still proves itself. First the trail says up to which record, and that record's hash; once that is in
// the database the blocks go, and in the same transaction the anchor comes. What is left hangs on an anchor that a later record vouches for.
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Audit;

internal static class AuditPruner
{
    // One step: a short transaction, between which the writer commits.
    private const int BlocksMax = 4096;
    private const long SizeMax = 16 * 1024 * 1024;

    private const string Words = "older records were removed; the hash of the last of them is ";

    /// <summary>Removes what is too old or too much, step by step. Null when done; otherwise why it stopped.</summary>
    public static string? Run(AuditTrail trail, AuditReader reader, DateTimeOffset? before, long size, long seqMax, CancellationToken stop)
    {
        var at = before is { } moment ? (moment.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond : long.MinValue;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                AuditHead? anchor;
                using (var connection = reader.OpenConnection())
                    anchor = Next(connection, at, size, Math.Min(seqMax, trail.CommittedSeq - 1));
                if (anchor is null)
                    return null;
                if (!trail.TryRecord(RecordOf(anchor), out var seq, out var fault))
                    return fault;
                trail.Flush();
                if (trail.CommittedSeq < seq)
                    return trail.Fault ?? "the record of the removal is not in the database yet";
                trail.Sink.Prune(anchor);
            }
        }
        catch (SqliteException error)
        {
            return error.Message;
        }

        return null;
    }

    /// <summary>What the trail says of a step.</summary>
    public static AuditRecord RecordOf(AuditHead anchor) => new()
    {
        Event = AuditEvent.Pruned,
        Rows = anchor.Seq,
        Detail = Words + Convert.ToHexStringLower(anchor.Hash),
    };

    /// <summary>Whether this record is what the trail said of the step to this anchor.</summary>
    public static bool Vouches(AuditHead anchor, long rows, ReadOnlySpan<byte> detail) =>
        rows == anchor.Seq && System.Text.Encoding.UTF8.GetString(detail) == RecordOf(anchor).Detail;

    /// <summary>The last record of the next step; null when nothing is too old or too much.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="before">Records before this moment go, in microseconds since 1970.</param>
    /// <param name="size">Blocks go until the rest has so many bytes.</param>
    /// <param name="seqMax">No record beyond this one goes.</param>
    public static AuditHead? Next(SqliteConnection connection, long before, long size, long seqMax)
    {
        var surplus = size == long.MaxValue ? long.MinValue : Sum(connection) - size;
        using var command = connection.CreateCommand();
        command.CommandText = string.Create(
            CultureInfo.InvariantCulture, $"SELECT last_seq, last_at, last_hash, length(body) FROM audit_block ORDER BY first_seq LIMIT {BlocksMax}");
        using var reader = command.ExecuteReader();
        AuditHead? anchor = null;
        var removed = 0L;
        while (reader.Read() && removed < SizeMax)
        {
            // Contiguous from the oldest on, whatever the clock did: nothing younger stands between.
            var isSurplus = removed < surplus;
            if ((reader.GetInt64(1) >= before && !isSurplus) || reader.GetInt64(0) > seqMax)
                break;
            removed += reader.GetInt64(3);
            anchor = new(reader.GetInt64(0), reader.GetFieldValue<byte[]>(2));
        }

        return anchor;
    }

    /// <summary>The anchor that the chain hangs on; null when nothing was ever removed.</summary>
    public static AuditHead? ReadAnchor(SqliteConnection connection)
    {
        using var exists = connection.CreateCommand();
        exists.CommandText = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'audit_anchor')";
        if (exists.ExecuteScalar() is not 1L)
            return null;
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq, hash FROM audit_anchor WHERE id = 1";
        using var reader = command.ExecuteReader();
        return reader.Read() ? new(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)) : null;
    }

    private static long Sum(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT coalesce(sum(length(body)), 0) FROM audit_block";
        return command.ExecuteScalar() is long sum ? sum : 0;
    }
}
