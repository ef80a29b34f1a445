// The system calls of the epoll transport. Handles are SafeHandles, so that the runtime keeps the number of a descriptor
// from being reused while a call with it runs: in a proxy that mistake would hand one client's bytes to another.
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace JitProxy.Server.Accept;

/// <summary>Linux system calls and their constants.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class EpollNative
{
    public const int Interrupted = 4;      // EINTR
    public const int TryAgain = 11;        // EAGAIN
    public const int IsConnected = 106;    // EISCONN
    public const int StillConnecting = 114; // EALREADY
    public const int InProgress = 115;     // EINPROGRESS

    public const uint In = 0x001;
    public const uint Out = 0x004;
    public const uint Error = 0x008;
    public const uint HangUp = 0x010;
    public const uint PeerHangUp = 0x2000;
    public const uint EdgeTriggered = 1u << 31;

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int CtlAdd = 1;
    private const int NoSignal = 0x4000;
    private const int PeekOnly = 2;
    private const int ShutWrite = 1;
    private const int ShutBoth = 2;

    /// <summary>Bytes of struct epoll_event: x86-64 alone packs it.</summary>
    public static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    /// <summary>Offset of the 64-bit token in it; the 32 event bits come first.</summary>
    private static readonly int TokenOffset = EventSize - sizeof(ulong);

    /// <summary>A new epoll instance.</summary>
    public static SafeFileHandle CreateEpoll() => Checked(epoll_create1(CloseOnExec), "epoll_create1");

    /// <summary>A new counter whose writes wake an epoll instance.</summary>
    public static SafeFileHandle CreateWakeUp() => Checked(eventfd(0, CloseOnExec | NonBlocking), "eventfd");

    /// <summary>Has <paramref name="epoll"/> report edges of <paramref name="descriptor"/> under <paramref name="token"/>.</summary>
    public static void Add(SafeFileHandle epoll, SafeHandle descriptor, uint events, ulong token)
    {
        var entry = stackalloc byte[EventSize];
        Unsafe.WriteUnaligned(entry, events);
        Unsafe.WriteUnaligned(entry + TokenOffset, token);
        if (epoll_ctl(epoll, CtlAdd, descriptor, entry) < 0)
            Throw(Marshal.GetLastPInvokeError());
    }

    /// <summary>Waits for events. Their count; 0 also when a signal came.</summary>
    public static int Wait(SafeFileHandle epoll, byte* events, int max, int timeoutMs)
    {
        var count = epoll_wait(epoll, events, max, timeoutMs);
        if (count >= 0)
            return count;

        var error = Marshal.GetLastPInvokeError();
        if (error != Interrupted)
            Throw(error);
        return 0;
    }

    /// <summary>The event bits and the token of entry <paramref name="index"/>.</summary>
    public static (uint Events, ulong Token) Read(byte* events, int index)
    {
        var entry = events + (index * EventSize);
        return (Unsafe.ReadUnaligned<uint>(entry), Unsafe.ReadUnaligned<ulong>(entry + TokenOffset));
    }

    /// <summary>Wakes whoever waits for <paramref name="wakeUp"/>.</summary>
    public static void Wake(SafeFileHandle wakeUp)
    {
        var one = 1UL;
        _ = write(wakeUp, &one, sizeof(ulong));
    }

    /// <summary>Receives. Count of bytes, or the negative error number.</summary>
    public static int Receive(SafeHandle socket, Span<byte> buffer)
    {
        fixed (byte* to = buffer)
        {
            var count = recv(socket, to, (nuint)buffer.Length, 0);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Sends. Count of bytes, or the negative error number.</summary>
    public static int Send(SafeHandle socket, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* from = bytes)
        {
            var count = send(socket, from, (nuint)bytes.Length, NoSignal);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Receives, for a caller that knows the descriptor to stay open meanwhile: half the cost. Count of bytes, or -1 for any error.</summary>
    /// <remarks>Why it failed is not known, since the runtime may overwrite it: ask again with <see cref="Receive"/>.</remarks>
    public static int ReceiveOwned(int descriptor, Span<byte> buffer)
    {
        fixed (byte* to = buffer)
            return (int)recv_owned(descriptor, to, (nuint)buffer.Length, 0);
    }

    /// <summary>Sends, as <see cref="ReceiveOwned"/>.</summary>
    public static int SendOwned(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* from = bytes)
            return (int)send_owned(descriptor, from, (nuint)bytes.Length, NoSignal);
    }

    /// <summary>Starts to connect, or asks how that goes. 0, or the error number.</summary>
    public static int Connect(SafeHandle socket, SocketAddress address)
    {
        fixed (byte* bytes = address.Buffer.Span)
            return connect(socket, bytes, (uint)address.Size) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Looks whether a receive would give something, or the end, without taking it. Count, or the negative error number.</summary>
    public static int Peek(SafeHandle socket)
    {
        byte one;
        var count = recv(socket, &one, 1, PeekOnly);
        return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
    }

    /// <summary>Sends the end of the stream. An error means that there is no stream any more.</summary>
    public static void ShutdownSend(SafeHandle socket) => _ = shutdown(socket, ShutWrite);

    /// <summary>
    /// Resets a connection at once: unsent bytes are dropped and the peer learns of it, while the descriptor stays taken. That is
    /// what connecting to no address does to TCP; other sockets are shut down.
    /// </summary>
    public static void Reset(SafeHandle socket)
    {
        const int AddressSize = 16;
        var none = stackalloc byte[AddressSize];
        new Span<byte>(none, AddressSize).Clear();
        if (connect(socket, none, AddressSize) != 0)
            _ = shutdown(socket, ShutBoth);
    }

    /// <summary>Throws what <paramref name="error"/> means.</summary>
    /// <exception cref="IOException">Always.</exception>
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    public static void Throw(int error) => throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);

    private static SafeFileHandle Checked(int descriptor, string call)
    {
        if (descriptor < 0)
            throw new IOException($"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        return new(descriptor, ownsHandle: true);
    }

#pragma warning disable IDE1006, SA1300 // The names of the C library.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(SafeFileHandle epoll, int operation, SafeHandle descriptor, byte* entry);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(SafeFileHandle epoll, byte* events, int max, int timeoutMs);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeFileHandle descriptor, void* bytes, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(SafeHandle socket, byte* buffer, nuint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(SafeHandle socket, byte* bytes, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "recv")]
    private static partial nint recv_owned(int descriptor, byte* buffer, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "send")]
    private static partial nint send_owned(int descriptor, byte* bytes, nuint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(SafeHandle socket, byte* address, uint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int shutdown(SafeHandle socket, int how);
#pragma warning restore IDE1006, SA1300
}
