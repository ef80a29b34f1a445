using System.Buffers;
using JitProxy.Server.Accept;
using JitProxy.Wire;
using JitProxy.Wire.MySql;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Authenticate;

/// <summary>A packet of the time before the login.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Body">What follows its length.</param>
/// <param name="IsFollowed">Whether more bytes have already come.</param>
internal readonly record struct OpeningPacket(PgOpeningKind Kind, byte[] Body, bool IsFollowed);

/// <summary>A message of the time of the login.</summary>
/// <param name="Tag">Its type.</param>
/// <param name="Body">Its body.</param>
internal readonly record struct LoginMessage(byte Tag, byte[] Body);

/// <summary>A packet of a MySQL login.</summary>
/// <param name="Payload">What it carries.</param>
/// <param name="Sequence">Its number.</param>
/// <param name="IsFollowed">Whether more bytes have already come.</param>
internal readonly record struct LoginPacket(byte[] Payload, byte Sequence, bool IsFollowed);

/// <summary>Reads one message at a time off a connection and takes no byte more. Copies: logins are short, and their bounds are small.</summary>
internal static class LoginReader
{
    /// <summary>The next packet; null if the peer closed before it began one.</summary>
    /// <exception cref="ProtocolViolationException">It is no such packet, or was cut off.</exception>
    public static async ValueTask<OpeningPacket?> ReadOpeningAsync(Connection connection, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await connection.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var unread = read.Buffer;
            var status = PgOpening.TryRead(ref unread, out var opening);
            if (status == OperationStatus.Done)
            {
                var packet = new OpeningPacket(opening.Kind, opening.Body.ToArray(), !unread.IsEmpty);
                connection.Input.AdvanceTo(unread.Start);
                return packet;
            }

            if (!WaitForMore(connection, unread, status, read.IsCompleted, ProtocolViolation.StartupMalformed))
                return null;
        }
    }

    /// <summary>The next message; null if the peer closed before it began one.</summary>
    /// <exception cref="ProtocolViolationException">Its length is wrong, or it was cut off.</exception>
    public static async ValueTask<LoginMessage?> ReadMessageAsync(Connection connection, int bodySizeMax, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await connection.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var unread = read.Buffer;
            var status = PgFrame.TryRead(ref unread, bodySizeMax, out var frame);
            if (status == OperationStatus.Done)
            {
                var message = new LoginMessage(frame.Tag, frame.Body.ToArray());
                connection.Input.AdvanceTo(unread.Start);
                return message;
            }

            if (!WaitForMore(connection, unread, status, read.IsCompleted, ProtocolViolation.FrameLength))
                return null;
        }
    }

    /// <summary>The next packet of a MySQL login; null if the peer closed before it began one.</summary>
    /// <exception cref="ProtocolViolationException">Its length is wrong, or it was cut off.</exception>
    public static async ValueTask<LoginPacket?> ReadPacketAsync(Connection connection, int payloadSizeMax, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await connection.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var unread = read.Buffer;
            var status = MySqlPacket.TryRead(ref unread, payloadSizeMax, out var packet);
            if (status == OperationStatus.Done)
            {
                byte[]? scratch = null;
                var received = new LoginPacket(packet.Span(ref scratch).ToArray(), packet.Sequence, !unread.IsEmpty);
                connection.Input.AdvanceTo(unread.Start);
                return received;
            }

            if (!WaitForMore(connection, unread, status, read.IsCompleted, ProtocolViolation.FrameLength))
                return null;
        }
    }

    private static bool WaitForMore(
        Connection connection, in ReadOnlySequence<byte> unread, OperationStatus status, bool isCompleted, ProtocolViolation violation)
    {
        var isEmpty = unread.IsEmpty;
        connection.Input.AdvanceTo(unread.Start, unread.End);
        if (status == OperationStatus.InvalidData)
            ProtocolViolationException.Throw(violation);

        if (isCompleted && !isEmpty)
            ProtocolViolationException.Throw(ProtocolViolation.Truncated);

        return !isCompleted;
    }
}
