using System.Collections.Immutable;
using System.Security.Cryptography;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Export;
using JitProxy.Server.Results;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Admin;

/// <summary>Exports, in frames.</summary>
internal sealed class ExportEndpoint(AdminServices services)
{
    private readonly GrantActs _acts = new(services);

    /// <summary>Exports the rows of the caller's own grant.</summary>
    public async Task ExportAsync(HttpContext context, Caller caller)
    {
        var body = await Answers.ReadAsync<ExportBody>(context);
        var id = GrantEndpoints.Id(context);
        if (_acts.Find(id, caller) is not { } grant)
        {
            await Answers.RefuseAsync(context, GrantActs.Unknown(id));
            return;
        }

        var database = body.Database ?? (grant.Databases is [var only] ? only : null);
        if (GrantActs.FindRunObjection(grant, caller, database) is { } objection)
        {
            await Answers.RefuseAsync(context, objection);
            return;
        }

        if (body.Format?.Any(char.IsAsciiDigit) != false || !Enum.TryParse<ExportFormat>(body.Format, ignoreCase: true, out var format))
        {
            await Answers.RefuseAsync(context, new($"\"{body.Format}\" is not a format", 400, "There are csv, json, sql and xlsx."));
            return;
        }

        var held = new byte[(body.Held?.Length ?? 0) * 3 / 4];
        if (!Convert.TryFromBase64String(body.Held ?? "", held, out var size) || size % SHA256.HashSizeInBytes != 0)
        {
            await Answers.RefuseAsync(context, new("the hashes of what is held cannot be read", 400, "They are SHA-256, one behind the other, in base64."));
            return;
        }

        context.Response.ContentType = ExportFrame.MediaType;
        var target = new Target(context, held[..size]);
        var end = await services.Export.ExportAsync(grant, database!, caller.Client, format, body.Table, target, context.RequestAborted);
        await target.EndAsync(end);
    }

    /// <summary>Sends a file in frames.</summary>
    private sealed class Target : IExportTarget
    {
        private readonly HttpContext _context;
        private readonly ResumeFilter _filter;
        private long _bytes;
        private bool _hasBegun;

        /// <summary>Sends to a caller who holds something already.</summary>
        public Target(HttpContext context, byte[] held)
        {
            _context = context;
            _filter = new(held, kept => SendAsync(ExportFrame.OfKeep(kept)), SendDataAsync);
        }

        /// <inheritdoc/>
        public ValueTask BeginAsync(ImmutableArray<ResultField> fields)
        {
            _hasBegun = true;
            return SendAsync(ExportFrame.Of(ExportFrameKind.Head, new ExportHead([.. fields.Select(static f => new RunColumn(f.Name, f.Mask))])));
        }

        /// <inheritdoc/>
        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, long rows)
        {
            _bytes += bytes.Length;
            await _filter.WriteAsync(bytes);
            await SendAsync(ExportFrame.Of(ExportFrameKind.Progress, new ExportProgress(rows, _bytes)));
            await _context.Response.Body.FlushAsync(_context.RequestAborted);
        }

        /// <summary>Says how it ended.</summary>
        public async ValueTask EndAsync(ExportEnd end)
        {
            // What an export that broke off would have had of a piece is sent as well: the next try compares whole pieces.
            if (_hasBegun)
                await _filter.EndAsync();

            await SendAsync(ExportFrame.Of(ExportFrameKind.End, end));
        }

        private async ValueTask SendDataAsync(ReadOnlyMemory<byte> bytes)
        {
            for (; bytes.Length > ExportFrame.BodySizeMax; bytes = bytes[ExportFrame.BodySizeMax..])
                await SendAsync(new(ExportFrameKind.Data, bytes[..ExportFrame.BodySizeMax]));

            await SendAsync(new(ExportFrameKind.Data, bytes));
        }

        private ValueTask SendAsync(ExportFrame frame) => frame.WriteAsync(_context.Response.Body, _context.RequestAborted);
    }
}
