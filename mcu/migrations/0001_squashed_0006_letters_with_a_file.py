import datetime
import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('mcu', '0001_initial'), ('mcu', '0002_ways_of_notices'), ('mcu', '0003_calendars_and_gathering'), ('mcu', '0004_prescribed_ways'), ('mcu', '0005_fewer_indexes'), ('mcu', '0006_letters_with_a_file')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('full_name', models.CharField(max_length=200, verbose_name='фамилия, имя, отчество')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='служебный телефон')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'пользователь',
                'verbose_name_plural': 'пользователи',
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='OneTimeLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('purpose', models.CharField(choices=[('invite', 'приглашение'), ('reset', 'сброс пароля'), ('first', 'первая учётная запись')], max_length=10)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='one_time_links', to=settings.AUTH_USER_MODEL)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('purpose', 'first'), ('user__isnull', False), _connector='OR'), name='one_time_link_names_its_user')],
            },
        ),
        migrations.CreateModel(
            name='Outbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200)),
                ('kind', models.CharField(max_length=40)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
                ('center_slug', models.CharField(blank=True, max_length=40)),
                ('subject', models.CharField(max_length=300)),
                ('body', models.TextField(blank=True)),
                ('path', models.CharField(blank=True, max_length=300, verbose_name='адрес страницы')),
                ('attached', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('attached_name', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('created_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('urgent', models.BooleanField(db_default=False, default=False)),
                ('on_duty', models.BooleanField(db_default=False, default=False)),
                ('by_email', models.BooleanField(default=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('next_try_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('by_push', models.BooleanField(db_default=False, default=False)),
                ('pushed_at', models.DateTimeField(blank=True, null=True)),
                ('push_try_at', models.DateTimeField(blank=True, null=True)),
                ('push_attempts', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('push_error', models.TextField(blank=True, db_default='', default='')),
                ('gather', models.BooleanField(db_default=False, default=False)),
                ('ways_fixed', models.BooleanField(db_default=False, default=False)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('by_email', True), ('sent_at__isnull', True)), fields=['next_try_at'], name='outbox_to_send'), models.Index(condition=models.Q(('by_push', True), ('pushed_at__isnull', True)), fields=['push_try_at'], name='outbox_to_push'), models.Index(fields=['user', '-created_at'], name='outbox_of_user'), models.Index(condition=models.Q(('read_at__isnull', True)), fields=['user', 'center_slug'], name='outbox_unread'), models.Index(condition=models.Q(('gather', True)), fields=['user', 'center_slug', 'id'], name='outbox_to_gather'), models.Index(condition=models.Q(models.Q(('attempts__gt', 0), ('by_email', True), ('sent_at__isnull', True)), models.Q(('by_push', True), ('push_attempts__gt', 0), ('pushed_at__isnull', True)), _connector='OR'), fields=['center_slug', '-id'], name='outbox_troubled')],
                'constraints': [models.UniqueConstraint(fields=('key',), name='outbox_key_once')],
            },
        ),
        migrations.CreateModel(
            name='NoticeSettings',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='notice_settings', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('ways', models.JSONField(default=dict)),
                ('quiet_from', models.TimeField(blank=True, null=True, verbose_name='тихие часы с')),
                ('quiet_until', models.TimeField(blank=True, null=True, verbose_name='тихие часы до')),
                ('quiet_days_off', models.BooleanField(default=False, verbose_name='и в нерабочие дни')),
                ('digest', models.BooleanField(default=True, verbose_name='сводка дня')),
                ('digest_at', models.TimeField(default=datetime.time(9, 0), verbose_name='час сводки')),
                ('timezone', models.CharField(max_length=40)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('quiet_from__isnull', True), ('quiet_until__isnull', True)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False), models.Q(('quiet_from', models.F('quiet_until')), _negated=True)), _connector='OR'), name='quiet_hours_have_two_ends')],
            },
        ),
        migrations.CreateModel(
            name='PushDevice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='push_devices', to=settings.AUTH_USER_MODEL)),
                ('endpoint', models.CharField(max_length=1000, unique=True)),
                ('p256dh', models.CharField(max_length=120)),
                ('auth', models.CharField(max_length=40)),
                ('label', models.CharField(max_length=100)),
                ('created_at', models.DateTimeField()),
                ('pushed_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('data', models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='CalendarYear',
            fields=[
                ('year', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ('days', models.JSONField()),
                ('loaded_at', models.DateTimeField()),
                ('loaded_by', models.CharField(max_length=200)),
                ('file_name', models.CharField(blank=True, max_length=200)),
            ],
        ),
    ]
