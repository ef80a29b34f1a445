using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>Where a session stands between statements.</summary>
public enum PgTransactionStatus : byte
{
    /// <summary>No transaction block.</summary>
    Idle = (byte)'I',

    /// <summary>In a transaction block.</summary>
    Transaction = (byte)'T',

    /// <summary>In a failed transaction block: everything is refused until it ends.</summary>
    Failed = (byte)'E',
}

/// <summary>ReadyForQuery ('Z'). Layout: transaction status (1).</summary>
public readonly ref struct PgReadyForQuery
{
    private PgReadyForQuery(PgTransactionStatus status) => Status = status;

    /// <summary>Where the session stands.</summary>
    public PgTransactionStatus Status { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgReadyForQuery message)
    {
        message = default;
        if (body.Length != 1 || body[0] is not ((byte)'I' or (byte)'T' or (byte)'E'))
            return false;

        message = new PgReadyForQuery((PgTransactionStatus)body[0]);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, PgTransactionStatus status)
    {
        var writer = new PgMessageWriter(output, (byte)PgServerTag.ReadyForQuery, 1);
        writer.Byte((byte)status);
        writer.Finish();
    }
}
